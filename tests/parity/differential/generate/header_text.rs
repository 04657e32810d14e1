//! Texts as `SimpleHeaderConverter` reads them, and `InsertHeader` in its configuration.

use super::{Gen, text};

const SCALARS: &[&str] = &[
    "1",
    "127",
    "128",
    "-129",
    "300",
    "32768",
    "2147483648",
    "9223372036854775808",
    "1.5",
    "0.1",
    "1e3",
    "1e-3",
    "1.5e39",
    "1e40",
    "1.5e400",
    "true",
    "false",
    "null",
    "TRUE",
    "01",
    "+1",
    "-0",
    "1.0",
    "-0.5",
    "1.10",
    "abc",
    "\"abc\"",
    "\"a\\\"b\"",
    "\"\"",
    "2019-08-23",
    "\"2019-08-23\"",
    "14:34:54.346Z",
    "14\\:34\\:54.346Z",
    "\"14:34:54.346Z\"",
    "2019-08-23T14:34:54.346Z",
    "2019-08-23T14\\:34\\:54.346Z",
    "\"2019-08-23T14\\:34\\:54.346Z\"",
    "2019-13-45",
    "0001-01-01",
    "[]",
    "{}",
    "5 apples",
    "-",
    "NaN",
    "1_000",
    "0x1F",
    "\u{663}",
    "\"\u{1f600}\"",
    "\\",
    "\\\"",
    "1.",
    ".5",
    "1e",
    "1f",
    "1d",
    "1L",
    "0.0",
    "1E+3",
    "123456789012345678901234567890.5",
    "3.5e38",
    "340282350000000000000000000000000000000",
    "1.17549435e-38",
    "4.9e-324",
];

/// A header text.
pub fn header_text(g: &mut Gen) -> String {
    let mut out = part(g, 3);
    if g.chance(12) {
        let at = g.below(out.chars().count() + 1);
        let at = out.char_indices().nth(at).map_or(out.len(), |(at, _)| at);
        match g.below(3) {
            0 => out.truncate(at),
            1 => out.insert(at, g.one(&[',', ':', '[', ']', '{', '}', '"', '\\', ' ', 'x', '1'])),
            _ => out.insert_str(at, g.pick(SCALARS)),
        }
    }
    out
}

fn part(g: &mut Gen, depth: usize) -> String {
    match g.below(10) {
        _ if depth == 0 => g.pick(SCALARS).to_owned(),
        0..4 => g.pick(SCALARS).to_owned(),
        4 => text::text(g),
        5..7 => {
            let same = g.chance(60).then(|| alike(g));
            let items: Vec<String> = (0..g.below(4)).map(|_| item(g, same, depth)).collect();
            let comma = g.pick(&[",", ", ", " , ", ",,", " "]);
            format!(
                "[{}{}]",
                items.join(if g.chance(85) { "," } else { comma }),
                g.pick(&["", "", "", ",", " "])
            )
        }
        7..9 => {
            let (keys, values) = (g.chance(60).then(|| alike(g)), g.chance(50).then(|| alike(g)));
            let entries: Vec<String> = (0..g.below(4))
                .map(|_| {
                    let key =
                        if g.chance(75) { format!("\"{}\"", text::name(g)) } else { item(g, keys, depth) };
                    format!("{key}{}{}", g.pick(&[":", ":", ":", " : ", ""]), item(g, values, depth))
                })
                .collect();
            format!("{{{}{}}}", entries.join(g.pick(&[",", ",", ",", ", ", " "])), g.pick(&["", "", "", ","]))
        }
        _ => format!("{}{}{}", g.pick(&[" ", "\t", "\n"]), part(g, depth - 1), g.pick(&["", " "])),
    }
}

/// Scalars of one kind.
fn alike(g: &mut Gen) -> &'static [&'static str] {
    g.one(&[
        &["1", "2", "300", "-129", "70000", "5000000000"][..],
        &["1", "1.5", "2", "1e40"],
        &["\"a\"", "\"b\"", "\"\""],
        &["true", "false"],
        &["\"2019-08-23\"", "\"1970-01-01\"", "\"2000-02-29\""],
        &["1", "9223372036854775808", "1.5e400"],
        &["null", "1", "\"a\""],
    ])
}

fn item(g: &mut Gen, alike: Option<&[&'static str]>, depth: usize) -> String {
    match alike {
        Some(items) => g.pick(items).to_owned(),
        None => part(g, depth - 1),
    }
}
