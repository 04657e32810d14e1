//! Prometheus' text format, read as strictly as it is defined: what passes here, every scraper reads.

use std::collections::{BTreeMap, BTreeSet};

/// One sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// Its name; of a histogram, with `_bucket`, `_sum` or `_count`.
    pub name: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its value.
    pub value: f64,
}

/// Everything that one scrape told.
#[derive(Clone, Debug, Default)]
pub struct Scraped {
    /// All samples in their order.
    pub samples: Vec<Sample>,
    /// The type of each family.
    pub types: BTreeMap<String, String>,
}

impl Scraped {
    /// Reads a text.
    ///
    /// # Panics
    /// At the first line that is not as the format (version 0.0.4) demands: families in one piece with `HELP` and
    /// `TYPE` before them, names of the right characters, no series twice, no unknown escapes.
    pub fn read(text: &str) -> Self {
        assert!(text.is_empty() || text.ends_with('\n'), "the last line is not ended");
        let mut scraped = Self::default();
        let (mut family, mut helped) = (String::new(), BTreeSet::new());
        let mut series = BTreeSet::new();
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# HELP ") {
                let (name, help) = rest.split_once(' ').unwrap_or_else(|| panic!("no help: {line}"));
                assert!(is_name(name, true) && !help.is_empty(), "{line}");
                assert!(helped.insert(name.to_owned()), "family {name} comes twice");
                name.clone_into(&mut family);
            } else if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').unwrap_or_else(|| panic!("no type: {line}"));
                assert_eq!(name, family, "TYPE follows the HELP of its family: {line}");
                assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
                let known = scraped.types.insert(name.to_owned(), kind.to_owned());
                assert!(known.is_none(), "type of {name} twice");
            } else {
                assert!(!line.starts_with('#'), "a comment that is none of ours: {line}");
                let sample = sample(line);
                let kind = scraped.types.get(&family).unwrap_or_else(|| panic!("no type before {line}"));
                let of = match kind.as_str() {
                    "histogram" => ["_bucket", "_sum", "_count"].map(|end| format!("{family}{end}")).to_vec(),
                    _ => vec![family.clone()],
                };
                assert!(of.contains(&sample.name), "{line} stands in the family {family}");
                assert!(series.insert((sample.name.clone(), sample.labels.clone())), "twice: {line}");
                assert!(kind != "counter" || sample.value >= 0.0, "a counter below zero: {line}");
                scraped.samples.push(sample);
            }
        }
        for name in scraped.types.keys() {
            let has = |sample: &Sample| sample.name.starts_with(name.as_str());
            assert!(scraped.samples.iter().any(has), "{name} has no samples");
        }
        scraped
    }

    /// The value of the series of this name with these labels, besides others.
    pub fn value(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let fits = |sample: &&Sample| {
            sample.name == name
                && labels.iter().all(|(label, value)| sample.labels.get(*label).is_some_and(|v| v == value))
        };
        let mut found = self.samples.iter().filter(fits);
        let first = found.next()?;
        assert!(found.next().is_none(), "{name} with {labels:?} is not one series");
        Some(first.value)
    }
}

fn is_name(name: &str, colon: bool) -> bool {
    let start = |c: char| c.is_ascii_alphabetic() || c == '_' || (colon && c == ':');
    name.starts_with(start) && name.chars().all(|c| start(c) || c.is_ascii_digit())
}

fn sample(line: &str) -> Sample {
    let end = line.find(['{', ' ']).unwrap_or_else(|| panic!("no value: {line}"));
    let (name, mut rest) = line.split_at(end);
    assert!(is_name(name, true), "name of {line}");
    let mut labels = BTreeMap::new();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        loop {
            let (label, after) = rest.split_once("=\"").unwrap_or_else(|| panic!("no label: {line}"));
            assert!(is_name(label, false), "label {label} of {line}");
            let (value, after) = quoted(after, line);
            assert!(labels.insert(label.to_owned(), value).is_none(), "label {label} twice: {line}");
            match after.strip_prefix(',') {
                Some(more) => rest = more,
                None => {
                    rest = after.strip_prefix('}').unwrap_or_else(|| panic!("labels do not end: {line}"));
                    break;
                }
            }
        }
    }
    let value = rest.strip_prefix(' ').unwrap_or_else(|| panic!("no blank before the value: {line}"));
    let value = match value {
        "+Inf" => f64::INFINITY,
        "-Inf" => f64::NEG_INFINITY,
        "NaN" => f64::NAN,
        number => {
            let plain = number.bytes().all(|byte| byte.is_ascii_digit() || b"+-.e".contains(&byte));
            number.parse().ok().filter(|_| plain).unwrap_or_else(|| panic!("no number: {line}"))
        }
    };
    Sample { name: name.to_owned(), labels, value }
}

/// A label's value, and what follows its closing quote.
fn quoted<'l>(text: &'l str, line: &str) -> (String, &'l str) {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (value, &text[at + 1..]),
            '\\' => match chars.next() {
                Some((_, 'n')) => value.push('\n'),
                Some((_, c @ ('\\' | '"'))) => value.push(c),
                other => panic!("unknown escape {other:?}: {line}"),
            },
            c => value.push(c),
        }
    }
    panic!("a label's value does not end: {line}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_samples_of_all_types() {
        let text = "# HELP a_total What.\n# TYPE a_total counter\na_total{x=\"\\\"q\\\\ \\n,}\",y=\"\"} 3\na_total 1e3\n\
                    # HELP h Times.\n# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh_sum 0.5\nh_count 1\n\
                    # HELP g Now.\n# TYPE g gauge\ng NaN\n";
        let scraped = Scraped::read(text);
        assert_eq!(scraped.value("a_total", &[("x", "\"q\\ \n,}"), ("y", "")]), Some(3.0));
        assert_eq!(scraped.samples[1].value, 1000.0);
        assert_eq!(scraped.value("h_sum", &[]), Some(0.5));
        assert!(scraped.value("g", &[]).is_some_and(f64::is_nan));
        assert_eq!(scraped.value("nope", &[]), None);
    }

    #[test]
    fn refuses_what_a_scraper_would() {
        let broken = [
            "a 1\n",
            "# HELP a b\n# TYPE a gauge\na 1",
            "# HELP a b\n# TYPE a gauge\na 1\na 1\n",
            "# HELP a b\n# TYPE a gauge\nb 1\n",
            "# HELP a b\n# TYPE a gauge\na{x=\"\\t\"} 1\n",
            "# HELP a b\n# TYPE a gauge\na{x=\"1\",x=\"2\"} 1\n",
            "# HELP a b\n# TYPE a gauge\na inf\n",
            "# HELP a b\n# TYPE a gauge\n",
            "# HELP a-b c\n# TYPE a-b gauge\na-b 1\n",
            "# HELP a b\n# TYPE a gauge\na 1\n# HELP b c\n# TYPE b gauge\nb 1\n# HELP a b\n",
        ];
        for text in broken {
            assert!(std::panic::catch_unwind(|| Scraped::read(text)).is_err(), "{text}");
        }
    }
}
