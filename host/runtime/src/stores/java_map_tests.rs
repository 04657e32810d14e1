//! Offset files that a JVM (JDK 17) wrote, and what becomes of them here.

use super::*;

/// `new HashMap<>()`
const EMPTY: &str = "aced0005737200116a6176612e7574696c2e486173684d61700507dac1c31660d103000246000a6c6f6164466163746f72490009746872\
6573686f6c6478703f400000000000007708000000100000000078";
/// `["c",{"f":1}]` → `{"p":2}`
const ONE: &str = "aced0005737200116a6176612e7574696c2e486173684d61700507dac1c31660d103000246000a6c6f6164466163746f72490009746872\
6573686f6c6478703f4000000000000c77080000001000000001757200025b42acf317f8060854e002000078700000000d5b2263222c7b\
2266223a317d5d7571007e0002000000077b2270223a327d78";
/// A null key, a null value, and one array used as two values (a back reference).
const MIXED: &str = "aced0005737200116a6176612e7574696c2e486173684d61700507dac1c31660d103000246000a6c6f6164466163746f72490009746872\
6573686f6c6478703f4000000000000c7708000000100000000470757200025b42acf317f8060854e00200007870000000027b7d757100\
7e0002000000085b2262222c7b7d5d7571007e0002000000077b2270223a317d7571007e0002000000155b2261222c7b2278223a223122\
2c2279223a327d5d71007e00057571007e0002000000085b2263222c7b7d5d7078";
/// The same as it is written here, without the back reference; the JVM reads it alike.
const MIXED_REWRITTEN: &str = "aced0005737200116a6176612e7574696c2e486173684d61700507dac1c31660d103000246000a6c6f6164466163746f72490009746872\
6573686f6c6478703f4000000000000c7708000000100000000470757200025b42acf317f8060854e00200007870000000027b7d757100\
7e0002000000085b2262222c7b7d5d7571007e0002000000077b2270223a317d7571007e0002000000155b2261222c7b2278223a223122\
2c2279223a327d5d7571007e0002000000077b2270223a317d7571007e0002000000085b2263222c7b7d5d7078";
/// 13 entries: the table has grown to 32.
const GROWN: &str = "aced0005737200116a6176612e7574696c2e486173684d61700507dac1c31660d103000246000a6c6f6164466163746f72490009746872\
6573686f6c6478703f400000000000187708000000200000000d757200025b42acf317f8060854e00200007870000000026b357571007e\
00020000000276357571007e0002000000036b31317571007e0002000000037631317571007e0002000000036b31327571007e00020000\
00037631327571007e0002000000026b377571007e00020000000276377571007e0002000000026b347571007e00020000000276347571\
007e0002000000026b307571007e00020000000276307571007e0002000000026b327571007e00020000000276327571007e0002000000\
026b387571007e00020000000276387571007e0002000000026b317571007e00020000000276317571007e0002000000036b3130757100\
7e0002000000037631307571007e0002000000026b367571007e00020000000276367571007e0002000000026b337571007e0002000000\
0276337571007e0002000000026b397571007e000200000002763978";
/// `new HashMap<>(1000)` with one entry: 1024 buckets.
const WIDE: &str = "aced0005737200116a6176612e7574696c2e486173684d61700507dac1c31660d103000246000a6c6f6164466163746f72490009746872\
6573686f6c6478703f4000000000030077080000040000000001757200025b42acf317f8060854e00200007870000000016b7571007e00\
02000000017678";
/// A `TreeMap`.
const TREE: &str = "aced0005737200116a6176612e7574696c2e547265654d61700cc1f63e2d256ae60300014c000a636f6d70617261746f727400164c6a61\
76612f7574696c2f436f6d70617261746f723b78707077040000000078";
/// A `String`.
const STRING: &str = "aced000574000178";
/// A `byte[]`.
const ARRAY: &str = "aced0005757200025b42acf317f8060854e002000078700000000101";
/// A `HashMap<String, String>`.
const STRINGS: &str = "aced0005737200116a6176612e7574696c2e486173684d61700507dac1c31660d103000246000a6c6f6164466163746f72490009746872\
6573686f6c6478703f4000000000000177080000000200000001740001617400016278";

fn bytes(hex: &str) -> Vec<u8> {
    let digit = |c: u8| u8::try_from(char::from(c).to_digit(16).unwrap()).unwrap();
    hex.as_bytes().chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn rewritten(golden: &str) -> String {
    let entries = read(&bytes(golden)).unwrap();
    hex(&write(entries.iter().map(|(key, value)| (key.as_deref(), value.as_deref()))))
}

fn entry(key: &str, value: &str) -> (Option<Vec<u8>>, Option<Vec<u8>>) {
    (Some(key.into()), Some(value.into()))
}

#[test]
fn writes_the_bytes_of_the_jvm() {
    let found = [EMPTY, ONE, GROWN, MIXED].map(rewritten);
    assert_eq!(found, [EMPTY, ONE, GROWN, MIXED_REWRITTEN]);
}

#[test]
fn reads_whatever_the_jvm_writes() {
    assert_eq!(read(&[]).unwrap(), []);
    assert_eq!(read(&bytes(EMPTY)).unwrap(), []);
    assert_eq!(read(&bytes(ONE)).unwrap(), [entry(r#"["c",{"f":1}]"#, r#"{"p":2}"#)]);
    assert_eq!(read(&bytes(WIDE)).unwrap(), [entry("k", "v")]);
    let mixed = [
        (None, Some(b"{}".to_vec())),
        entry(r#"["b",{}]"#, r#"{"p":1}"#),
        entry(r#"["a",{"x":"1","y":2}]"#, r#"{"p":1}"#),
        (Some(br#"["c",{}]"#.to_vec()), None),
    ];
    assert_eq!(read(&bytes(MIXED)).unwrap(), mixed);
    let mut grown = read(&bytes(GROWN)).unwrap();
    grown.sort();
    let mut expected: Entries = (0..13).map(|i| entry(&format!("k{i}"), &format!("v{i}"))).collect();
    expected.sort();
    assert_eq!(grown, expected);
}

#[test]
fn says_what_else_it_found() {
    let error = |hex: &str| read(&bytes(hex)).unwrap_err().to_string();
    let found = [
        error(TREE),
        error(STRING),
        error(ARRAY),
        error(STRINGS),
        error("7b7d"),
        error(&ONE[..ONE.len() - 2]),
    ];
    let expected = [
        "Expected HashMap but found class java.util.TreeMap",
        "Expected HashMap but found class java.lang.String",
        "Expected HashMap but found class [B",
        "expected byte[] as key and value but found java.lang.String",
        "not a serialized java.util.HashMap: unexpected byte 0x7b at 0",
        "the file is cut off after 134 bytes",
    ];
    assert_eq!(found, expected);
}

#[test]
fn no_damage_makes_it_panic() {
    for golden in [ONE, MIXED, GROWN] {
        let whole = bytes(golden);
        for at in 0..whole.len() {
            assert!(read(&whole[..at]).is_err() || at == 0, "cut off after {at} bytes and read all the same");
            for flip in [0x01, 0x80, 0xff] {
                let mut damaged = whole.clone();
                damaged[at] ^= flip;
                // Damage inside a key is not to be seen; only the reader must survive it.
                let _ = read(&damaged);
            }
        }
    }
}
