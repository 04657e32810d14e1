//! What JDK 17 does, recorded in `jdk17.tsv`: `f` pattern millis text, `p` pattern text millis (or `-`).

use super::SimpleDateFormat;

/// 2026-01-01: two digits mean 1946 to 2045.
const NOW: i64 = 1_767_225_600_000;

fn made(pattern: &str) -> SimpleDateFormat {
    SimpleDateFormat::seen_at(pattern, NOW).unwrap_or_else(|error| panic!("{pattern}: {error}"))
}

#[test]
fn equals_the_jdk() {
    let mut faults = Vec::new();
    let mut cases = 0;
    for line in include_str!("jdk17.tsv").lines() {
        let [kind, pattern, given, expected] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("not a case: {line}")
        };
        let format = made(pattern);
        let found = match kind {
            "f" => format.format(given.parse().expect("milliseconds")),
            _ => format.parse(given).map_or("-".to_owned(), |millis| millis.to_string()),
        };
        cases += 1;
        if found != expected {
            faults.push(format!("{line} | {found}"));
        }
    }
    assert!(cases > 1000, "the record is not whole");
    assert!(faults.is_empty(), "{} of {cases}:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn two_digits_are_of_the_hundred_years_from_eighty_before_now() {
    let at = |now| {
        let format = SimpleDateFormat::seen_at("yy-MM-dd", now).unwrap();
        ["46-01-01", "46-12-31", "45-06-01"]
            .map(|text| SimpleDateFormat::new("yyyy").unwrap().format(format.parse(text).unwrap()))
    };
    assert_eq!(at(NOW), ["1946", "1946", "2045"]);
    // 2026-07-01
    assert_eq!(at(1_782_864_000_000), ["2046", "1946", "2045"]);
}

#[test]
fn bad_patterns_have_javas_words() {
    for (pattern, complaint) in [
        ("foo", "Illegal pattern character 'f'"),
        ("'foo", "Unterminated quote"),
        ("XXXX", "invalid ISO 8601 format: length=4"),
    ] {
        let error = SimpleDateFormat::new(pattern).unwrap_err();
        assert_eq!((error.java_class(), error.message()), ("java.lang.IllegalArgumentException", complaint));
    }
}
