//! Where two outcomes differ, and which of that is on purpose.

use std::collections::BTreeMap;

use serde_json::Value as Json;

/// A difference that stays; `docs/differences.md` says why. Each is as narrow as it can be, and a test holds that
/// the recorded cases still need it.
pub struct Difference {
    /// Words that its row in `docs/differences.md` has.
    pub row: &'static str,
    accepts: fn(&Leaf<'_>) -> bool,
}

/// One place where the outcomes differ.
pub struct Leaf<'o> {
    place: String,
    jvm: &'o Json,
    ferry: &'o Json,
}

/// All of them.
pub const DIFFERENCES: &[Difference] = &[
    Difference { row: "the parser's own sentence", accepts: parser_words },
    Difference { row: "identity hash", accepts: identity_hash },
    Difference { row: "one digit more than needed", accepts: float_digits },
    Difference { row: "any character set of the JDK", accepts: character_set },
];

/// How often each difference was met, by its row.
pub type Met = BTreeMap<&'static str, usize>;

/// The places where Ferry's outcome differs from the JVM's other than on purpose, as text; `met` counts the others.
pub fn faults(jvm: &Json, ferry: &Json, met: &mut Met) -> Vec<String> {
    let mut leaves = Vec::new();
    walk(String::new(), jvm, ferry, &mut leaves);
    let mut faults = Vec::new();
    let mut misread = None;
    for leaf in leaves {
        // What a converter wrote with other digits it reads as another number.
        if let Some((step, place)) = leaf.place.rsplit_once("/bytes")
            && place.is_empty()
            && float_digits(&leaf)
        {
            misread = Some(format!("{step}/read/"));
        } else if misread.as_ref().is_some_and(|step| leaf.place.starts_with(step)) {
            continue;
        }
        match DIFFERENCES.iter().find(|difference| (difference.accepts)(&leaf)) {
            Some(difference) => *met.entry(difference.row).or_default() += 1,
            None => faults.push(format!("{}\n  jvm   {}\n  ferry {}", leaf.place, leaf.jvm, leaf.ferry)),
        }
    }
    faults
}

fn walk<'o>(place: String, jvm: &'o Json, ferry: &'o Json, leaves: &mut Vec<Leaf<'o>>) {
    if jvm == ferry {
        return;
    }
    match (jvm, ferry) {
        // Configured on one side only: nothing else can be compared.
        _ if place.is_empty() && jvm.get("config").is_some() != ferry.get("config").is_some() => {
            leaves.push(Leaf { place, jvm, ferry });
        }
        // A chain of causes is looked at as a whole.
        _ if place.ends_with("/error") || place == "/config" => leaves.push(Leaf { place, jvm, ferry }),
        (Json::Object(a), Json::Object(b)) => {
            for key in a.keys().chain(b.keys().filter(|key| !a.contains_key(*key))) {
                let (a, b) = (a.get(key).unwrap_or(&Json::Null), b.get(key).unwrap_or(&Json::Null));
                walk(format!("{place}/{key}"), a, b, leaves);
            }
        }
        (Json::Array(a), Json::Array(b)) if a.len() == b.len() => {
            for (at, (a, b)) in a.iter().zip(b).enumerate() {
                walk(format!("{place}/{at}"), a, b, leaves);
            }
        }
        _ => leaves.push(Leaf { place, jvm, ferry }),
    }
}

/// Where Jackson has the word, and `SerializationException`, which repeats it, the chain of causes is Ferry's own.
fn parser_words(leaf: &Leaf<'_>) -> bool {
    let jacksons = |link: &Json| {
        let class = link[0].as_str().unwrap_or_default();
        class.starts_with("com.fasterxml.jackson.")
            || class == "org.apache.kafka.common.errors.SerializationException"
                && link[1].as_str().is_some_and(|message| message.starts_with("com.fasterxml.jackson."))
    };
    let (Some(jvm), Some(ferry)) = (leaf.jvm.as_array(), leaf.ferry.as_array()) else { return false };
    let same = jvm.iter().position(jacksons).unwrap_or_default();
    same > 0 && ferry.len() > same && jvm[..same] == ferry[..same]
}

/// The same text but for numbers that mean the same float: JDKs before 19 print some with a digit too many.
fn float_digits(leaf: &Leaf<'_>) -> bool {
    let (Some(jvm), Some(ferry)) = (masked(leaf.jvm), masked(leaf.ferry)) else { return false };
    let (jvm, ferry) = (numbers(&jvm), numbers(&ferry));
    jvm.len() == ferry.len()
        && jvm.iter().zip(&ferry).all(|(a, b)| {
            a == b
                || (b.len() < a.len() || a.len() == b.len())
                    && (same::<f64>(a, b) || a.len() < 16 && same::<f32>(a, b))
        })
}

fn same<F: std::str::FromStr + PartialEq>(a: &str, b: &str) -> bool {
    matches!((a.parse::<F>(), b.parse::<F>()), (Ok(a), Ok(b)) if a == b)
}

/// Runs of what numbers are made of, and what is between them.
fn numbers(text: &str) -> Vec<&str> {
    let part = |c: char| c.is_ascii_digit() || matches!(c, '.' | 'E' | '-');
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c| part(c) != part(first)).unwrap_or(rest.len());
        parts.push(&rest[..end]);
        rest = &rest[end..];
    }
    parts
}

/// `[B@1b2c3d`: where an array is in the JVM's memory, or an object without a text of its own.
fn identity_hash(leaf: &Leaf<'_>) -> bool {
    const SPEC: &str = "No value specified for static field: ";
    let start = |chain: &Json| Some(chain[0][1].as_str()?.split_once(SPEC)?.0.to_owned());
    let spec = leaf.jvm[0][1].as_str().is_some_and(|message| message.contains("InsertField$InsertionSpec@"));
    spec && start(leaf.jvm) == start(leaf.ferry)
        || masked(leaf.jvm).is_some_and(|jvm| jvm.contains("[B@") && Some(jvm) == masked(leaf.ferry))
}

/// A text, or a chain of causes, without the identity hashes in it, and without the zeros that UTF-16 has between its
/// letters.
fn masked(found: &Json) -> Option<String> {
    let text = match found {
        Json::String(text) => text.replace('\0', ""),
        Json::Array(_) => found.to_string(),
        _ => return None,
    };
    let mut parts = text.split("[B@");
    let mut out = parts.next()?.to_owned();
    for part in parts {
        out.push_str("[B@");
        out.push_str(part.trim_start_matches(|c: char| c.is_ascii_hexdigit()));
    }
    Some(out)
}

/// A character set that only the JDK has.
fn character_set(leaf: &Leaf<'_>) -> bool {
    let refused = leaf.ferry["config"][0][1].as_str();
    leaf.place.is_empty()
        && refused.is_some_and(|message| message.starts_with("Unsupported encoding windows-"))
}
