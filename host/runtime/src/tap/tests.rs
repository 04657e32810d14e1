//! What listeners are shown, and what they cost.

use ferry_plugin_abi::data::{Decimal, Entry, Record, SchemaBuilder, SchemaType, ValueRef};
use serde_json::{Value as Json, json};

use super::*;

fn rendering(secrets: &Secrets) -> Rendering<'_> {
    Rendering { secrets, limits: Limits { bytes: 12, values: 5 } }
}

#[test]
fn values_are_shown_by_their_types() {
    let secrets = Secrets::default();
    let shown = |value: ValueRef<'_>| rendering(&secrets).value(None, value);
    let decimal = Decimal::new(&[0x04, 0xd2], 2);
    let keys = [Entry { key: ValueRef::int32(1), value: ValueRef::str("one") }];
    let names = [Entry { key: ValueRef::str("k"), value: ValueRef::NULL }];
    let items = [ValueRef::bool(true), ValueRef::float64(1.5)];
    assert_eq!(shown(ValueRef::NULL), json!(null));
    assert_eq!(shown(ValueRef::int64(i64::MAX)), json!(i64::MAX));
    assert_eq!(shown(ValueRef::float32(0.1)), json!(0.1));
    assert_eq!(shown(ValueRef::float64(f64::NAN)), json!("NaN"));
    assert_eq!(shown(ValueRef::decimal(&decimal)), json!("12.34"));
    assert_eq!(shown(ValueRef::bytes(b"text")), json!({"base64": "dGV4dA==", "text": "text"}));
    assert_eq!(shown(ValueRef::bytes(&[0xff])), json!({"base64": "/w=="}));
    assert_eq!(shown(ValueRef::array(&items)), json!([true, 1.5]));
    assert_eq!(shown(ValueRef::map(&names)), json!({"k": null}));
    assert_eq!(shown(ValueRef::map(&keys)), json!([[1, "one"]]));
    let schema = SchemaBuilder::structure()
        .field("a", &SchemaBuilder::new(SchemaType::Int8).build())
        .field("b", &SchemaBuilder::new(SchemaType::String).build())
        .build();
    let fields = [ValueRef::int8(7), ValueRef::str("x")];
    let structure = ValueRef::structure(&fields);
    assert_eq!(rendering(&secrets).value(Some(&schema), structure), json!({"a": 7, "b": "x"}));
}

#[test]
fn long_values_are_cut() {
    let secrets = Secrets::default();
    let shown = |value: ValueRef<'_>| rendering(&secrets).value(None, value);
    assert_eq!(shown(ValueRef::str("twelve bytes")), json!("twelve bytes"));
    assert_eq!(shown(ValueRef::str("elf Bytes äöü")), json!("elf Bytes ä… (cut, 16 bytes in all)"));
    let many = [ValueRef::int32(1); 8];
    assert_eq!(shown(ValueRef::array(&many)), json!([1, 1, 1, 1, 1, "… (cut, 3 more)"]));
    let bytes = shown(ValueRef::bytes(&[0xff; 20]));
    assert_eq!(bytes, json!({"base64": "////////////////", "bytes": 20}));
}

#[test]
fn secrets_are_hidden_in_every_form() {
    let secrets = Secrets::default();
    secrets.learn(["hush-hush-hush", "123456789"]);
    let rendering = Rendering { secrets: &secrets, limits: Limits::SAMPLE };
    let shown = |value: ValueRef<'_>| rendering.value(None, value);
    assert_eq!(shown(ValueRef::str("a hush-hush-hush b")), json!("a [hidden] b"));
    assert_eq!(shown(ValueRef::bytes(b"a hush-hush-hush b")), json!({"text": "a [hidden] b"}));
    assert_eq!(shown(ValueRef::int32(123_456_789)), json!("[hidden]"));
}

fn record(text: &'static str) -> Record<'static> {
    Record::to("t").with_value(None, ValueRef::str(text))
}

fn see(task: &TaskTap, text: &'static str) {
    let Some(mut sampler) = task.begin(Stages::POLL) else { panic!("somebody listens") };
    for stage in [Stages::POLL, "cast", Stages::CONVERTER] {
        sampler.see(stage, What::Record(&record(text)));
    }
}

/// What has been told so far, as `task stage value`.
async fn take(stream: &mut TapStream, count: usize) -> Vec<String> {
    let mut taken = Vec::new();
    for _ in 0..count {
        let sample: Json = serde_json::from_str(&stream.next().await.expect("a sample")).expect("JSON");
        taken.push(format!("{} {} {}", sample["task"], sample["stage"], sample["value"]));
    }
    taken
}

fn task(taps: &Taps, task: u32) -> TaskTap {
    taps.task(&TaskId { connector: "c".into(), task }, Arc::default())
}

#[tokio::test]
async fn a_record_is_followed_through_all_stages_or_seen_at_one() {
    let taps = Taps::default();
    let (first, second) = (task(&taps, 0), task(&taps, 1));
    assert!(first.begin(Stages::POLL).is_none(), "nobody listens");
    let mut all = taps.listen("c", TapRequest { task: Some(0), limit: Some(4), ..TapRequest::default() });
    let mut one = taps.listen("c", TapRequest { stage: Some("cast".to_owned()), ..TapRequest::default() });
    see(&first, "a");
    see(&second, "b");
    see(&first, "c");
    let followed = [r#"0 "poll" "a""#, r#"0 "cast" "a""#, r#"0 "converter" "a""#, r#"0 "poll" "c""#];
    assert_eq!(take(&mut all, 4).await, followed);
    assert_eq!(all.next().await, None, "four were asked for");
    assert_eq!(take(&mut one, 3).await, [r#"0 "cast" "a""#, r#"1 "cast" "b""#, r#"0 "cast" "c""#]);
    drop((all, one));
    assert!(first.begin(Stages::POLL).is_none(), "nobody listens any more");
    assert!(taps.listen("other", TapRequest::default()).next_now().is_none());
}

#[tokio::test]
async fn who_is_slow_or_asks_for_few_misses_the_rest_and_holds_up_nobody() {
    let taps = Taps::default();
    let first = task(&taps, 0);
    let mut few = taps.listen("c", TapRequest { rate: Some(2), ..TapRequest::default() });
    let mut slow = taps.listen("c", TapRequest { rate: Some(1_000), ..TapRequest::default() });
    for _ in 0..10_000 {
        see(&first, "x");
    }
    let count = |stream: &mut TapStream| std::iter::from_fn(|| stream.next_now()).count();
    // Two records a second, each at three stages; however many seconds it took.
    let told = count(&mut few);
    assert!(told >= 6 && told.is_multiple_of(6), "{told}");
    // What waits for a client is bounded.
    assert!(count(&mut slow) <= 256);
    // The connector is deleted, or the worker ends: then it is over.
    taps.end("c");
    assert_eq!((few.next().await, slow.next().await), (None, None));
    taps.end_all();
    assert_eq!(taps.listen("c", TapRequest::default()).next().await, None);
}
