//! `org.apache.maven.artifact.versioning.ComparableVersion`: the order of versions.

use std::cmp::Ordering;

/// A version and its place among others. Equal in order does not mean written alike: `1` and `1.0`.
#[derive(Clone, Debug)]
pub struct Version {
    text: String,
    items: Vec<Item>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Item {
    Number(u128),
    Text(String),
    List(Vec<Item>),
}

impl Item {
    /// Whether it says nothing, so that a version with it equals the one without.
    fn is_nothing(&self) -> bool {
        match self {
            Self::Number(number) => *number == 0,
            Self::Text(text) => text.is_empty(),
            Self::List(items) => items.is_empty(),
        }
    }

    /// Against nothing, against another item.
    fn compare(&self, other: Option<&Item>) -> Ordering {
        match (self, other) {
            (Self::Number(a), None) => a.cmp(&0),
            (Self::Number(a), Some(Self::Number(b))) => a.cmp(b),
            (Self::Number(_), Some(_)) => Ordering::Greater,
            (Self::Text(a), None) => rank(a).cmp(&rank("")),
            (Self::Text(_), Some(Self::Number(_) | Self::List(_))) => Ordering::Less,
            (Self::Text(a), Some(Self::Text(b))) => rank(a).cmp(&rank(b)),
            (Self::List(items), None) => {
                items.iter().map(|i| i.compare(None)).find(|o| o.is_ne()).unwrap_or(Ordering::Equal)
            }
            (Self::List(_), Some(Self::Number(_))) => Ordering::Less,
            (Self::List(_), Some(Self::Text(_))) => Ordering::Greater,
            (Self::List(a), Some(Self::List(b))) => compare(a, b),
        }
    }
}

/// Known words in their order, then all others by their letters.
fn rank(text: &str) -> (usize, &str) {
    const KNOWN: [&str; 7] = ["alpha", "beta", "milestone", "rc", "snapshot", "", "sp"];
    match KNOWN.iter().position(|known| *known == text) {
        Some(at) => (at, ""),
        None => (KNOWN.len(), text),
    }
}

fn compare(a: &[Item], b: &[Item]) -> Ordering {
    (0..a.len().max(b.len()))
        .map(|at| match (a.get(at), b.get(at)) {
            (Some(a), b) => a.compare(b),
            (None, Some(b)) => b.compare(None).reverse(),
            (None, None) => Ordering::Equal,
        })
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

fn word(text: &str, before_digit: bool) -> Item {
    Item::Text(
        match text {
            "a" if before_digit => "alpha",
            "b" if before_digit => "beta",
            "m" if before_digit => "milestone",
            "cr" => "rc",
            "ga" | "final" | "release" => "",
            other => other,
        }
        .to_owned(),
    )
}

fn trim(items: &mut Vec<Item>) {
    let mut at = items.len();
    while at > 0 {
        at -= 1;
        if items[at].is_nothing() {
            items.remove(at);
        } else if !matches!(items[at], Item::List(_)) {
            break;
        }
    }
}

/// Lists in lists, innermost last; closing one puts it at the end of the one before.
struct Parser(Vec<Vec<Item>>);

impl Parser {
    fn push(&mut self, item: Item) {
        if let Some(list) = self.0.last_mut() {
            list.push(item);
        }
    }
    fn open(&mut self) {
        self.0.push(Vec::new());
    }
    fn close_all(mut self) -> Vec<Item> {
        while self.0.len() > 1 {
            if let Some(mut list) = self.0.pop() {
                trim(&mut list);
                self.push(Item::List(list));
            }
        }
        let mut items = self.0.pop().unwrap_or_default();
        trim(&mut items);
        items
    }
}

impl Version {
    /// Every text is a version.
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        let lower = text.to_lowercase();
        let mut parser = Parser(vec![Vec::new()]);
        let (mut start, mut digits) = (0, false);
        let token = |from: usize, to: usize, digits: bool, before_digit: bool| match digits {
            // More digits than any real version has: all such are alike, and the greatest.
            true => Item::Number(lower[from..to].parse().unwrap_or(u128::MAX)),
            false => word(&lower[from..to], before_digit),
        };
        for (at, c) in lower.char_indices() {
            match c {
                '.' | '-' => {
                    match at == start {
                        true => parser.push(Item::Number(0)),
                        false => parser.push(token(start, at, digits, false)),
                    }
                    start = at + 1;
                    if c == '-' {
                        parser.open();
                    }
                }
                c if c.is_ascii_digit() => {
                    if !digits && at > start {
                        if parser.0.last().is_some_and(|list| !list.is_empty()) {
                            parser.open();
                        }
                        parser.push(token(start, at, false, true));
                        start = at;
                        parser.open();
                    }
                    digits = true;
                }
                _ => {
                    if digits && at > start {
                        parser.push(token(start, at, true, false));
                        start = at;
                        parser.open();
                    }
                    digits = false;
                }
            }
        }
        if lower.len() > start {
            if !digits && parser.0.last().is_some_and(|list| !list.is_empty()) {
                parser.open();
            }
            parser.push(token(start, lower.len(), digits, false));
        }
        Self { items: parser.close_all(), text }
    }
    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}
impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for Version {}
impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        compare(&self.items, &other.items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The two lists of Maven's own ComparableVersionTest.
    #[test]
    fn versions_are_in_mavens_order() {
        let rising = [
            vec![
                "1-alpha2snapshot",
                "1-alpha2",
                "1-alpha-123",
                "1-beta-2",
                "1-beta123",
                "1-m2",
                "1-m11",
                "1-rc",
                "1-cr2",
                "1-rc123",
                "1-SNAPSHOT",
                "1",
                "1-sp",
                "1-sp2",
                "1-sp123",
                "1-abc",
                "1-def",
                "1-pom-1",
                "1-1-snapshot",
                "1-1",
                "1-2",
                "1-123",
            ],
            vec![
                "2.0", "2.0.a", "2-1", "2.0.2", "2.0.123", "2.1.0", "2.1-a", "2.1b", "2.1-c", "2.1-1",
                "2.1.0.1", "2.2", "2.123", "11.a2", "11.a11", "11.b2", "11.b11", "11.m2", "11.m11", "11",
                "11.a", "11b", "11c", "11m",
            ],
        ];
        for list in rising {
            for (at, low) in list.iter().enumerate() {
                for high in &list[at + 1..] {
                    assert!(Version::new(*low) < Version::new(*high), "{low} < {high}");
                    assert!(Version::new(*high) > Version::new(*low), "{high} > {low}");
                }
            }
        }
    }

    #[test]
    fn what_says_nothing_is_left_out() {
        for (a, b) in [
            ("1", "1.0"),
            ("1", "1.0.0"),
            ("1.0", "1-0"),
            ("1-0", "1.0"),
            ("1a1", "1-alpha-1"),
            ("1m3", "1Milestone3"),
            ("1.ga", "1"),
            ("1-release", "1"),
            ("1x", "1.0.0-x"),
            ("1.0.0x", "1-x"),
            ("1-cr1", "1RC1"),
        ] {
            assert_eq!(Version::new(a), Version::new(b), "{a} = {b}");
        }
        assert!(Version::new("4.10.0") > Version::new("4.9.9"));
        assert!(Version::new("undefined") < Version::new("0.1"));
    }
}
