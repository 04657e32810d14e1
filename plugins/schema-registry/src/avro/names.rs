//! Names between Connect and Avro (`AvroData.splitName`, `AvroData.doScrubName`).

/// `io.confluent.connect.avro`
pub const NAMESPACE: &str = "io.confluent.connect.avro";
/// The name of records that have none in Connect.
pub const DEFAULT: &str = "ConnectDefault";
/// The same with its namespace.
pub const DEFAULT_FULL: &str = "io.confluent.connect.avro.ConnectDefault";
/// The record of one entry of a map whose keys are no strings.
pub const MAP_ENTRY: &str = "MapEntry";
/// Unions as structs.
pub const UNION: &str = "io.confluent.connect.avro.Union";
/// The parameter of enums.
pub const ENUM: &str = "io.confluent.connect.avro.Enum";
/// The parameter of unions with `generalized.sum.type.support`.
pub const SUM_UNION: &str = "org.apache.kafka.connect.data.Union";
/// The parameter of enums with `generalized.sum.type.support`.
pub const SUM_ENUM: &str = "org.apache.kafka.connect.data.Enum";
/// `GENERALIZED_TYPE_UNION_PREFIX`
pub const SUM_PREFIX: &str = "connect_union_";

/// Namespace and name of `full`, both scrubbed if `scrub`.
pub fn split(full: &str, scrub: bool) -> (Option<String>, String) {
    // As String.split: empty parts at the end are left off.
    let parts: Vec<String> =
        full.trim_end_matches('.').split('.').map(|part| scrubbed(part, scrub)).collect();
    match parts.split_last() {
        Some((name, [])) => (None, name.clone()),
        Some((name, space)) => (Some(space.join(".")), name.clone()),
        None => (None, String::new()),
    }
}

/// `full` with all of its parts scrubbed if `scrub`.
pub fn scrubbed_full(full: &str, scrub: bool) -> String {
    if !scrub {
        return full.to_owned();
    }
    match split(full, true) {
        (None, name) => name,
        (Some(space), name) => format!("{space}.{name}"),
    }
}

/// `name` with what Avro does not take in a name replaced, if `scrub`.
pub fn scrubbed(name: &str, scrub: bool) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if !scrub
        || name.is_empty()
        || (name.chars().all(plain) && !name.starts_with(|c: char| c.is_ascii_digit()))
    {
        return name.to_owned();
    }
    // As URLEncoder, and then an underscore for each character that still is not plain.
    let mut encoded = String::new();
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' => encoded.push(byte as char),
            b' ' | b'-' | b'.' | b'*' => encoded.push('_'),
            other => encoded.push_str(&format!("_{other:02X}")),
        }
    }
    if encoded.starts_with(|c: char| c.is_ascii_digit()) {
        encoded.insert(0, 'x');
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_and_scrubs_as_avro_data_does() {
        assert_eq!(split("a.b.C", false), (Some("a.b".into()), "C".into()));
        assert_eq!(split("C", false), (None, "C".into()));
        assert_eq!(scrubbed("a b", true), "a_b");
        assert_eq!(scrubbed("1x", true), "x1x");
        assert_eq!(scrubbed("é", true), "_C3_A9");
        assert_eq!(scrubbed("é", false), "é");
        assert_eq!(scrubbed_full("a-b.c-d", true), "a_b.c_d");
    }
}
