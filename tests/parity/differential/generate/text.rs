//! Texts: ordinary ones, and those that parsers trip over.

use super::Gen;

const TEXTS: &[&str] = &[
    "",
    " ",
    "a",
    "abc",
    "Hello World",
    "null",
    "true",
    "false",
    "TRUE",
    "12",
    "-1",
    "+7",
    "007",
    "1.5",
    "-0.25",
    "1e3",
    "1E-5",
    "NaN",
    "Infinity",
    " 12 ",
    "127",
    "128",
    "-129",
    "32768",
    "2147483648",
    "9223372036854775807",
    "9223372036854775808",
    "123456789012345678901234567890",
    "3.4e39",
    "1e400",
    "0x1F",
    "1_000",
    "5 apples",
    "2019-08-23",
    "14:34:54.346Z",
    "2019-08-23T14:34:54.346Z",
    "2019-13-45",
    "25:61:61.000Z",
    "1970-01-01",
    "\u{e9}",
    "h\u{e9}llo",
    "\u{20ac}",
    "\u{1f600}",
    "a\u{1f600}b",
    "\u{0}",
    "\u{1}",
    "\n",
    "\t",
    "\r\n",
    "\"",
    "\\",
    "a\"b",
    "a\\b",
    "/",
    "\u{7f}",
    "\u{80}",
    "\u{2028}",
    "\u{feff}x",
    "\u{663}",
    "[1,2]",
    "{\"a\":1}",
    "a,b",
    "a:b",
    "[B@1",
    "${x}",
    "$1",
    "'",
    "<&>",
    "\u{df}",
    "\u{130}",
    "\u{fb01}",
    "yyyy-MM-dd",
    "AQID",
    "====",
    "A",
    "key=value",
];

/// A text.
pub fn text(g: &mut Gen) -> String {
    match g.below(20) {
        0..=11 => g.pick(TEXTS).to_owned(),
        12..=17 => word(g),
        18 => (0..g.below(12)).map(|_| character(g)).collect(),
        _ => {
            let part = word(g);
            part.repeat(1 + g.below(40))
        }
    }
}

/// Some letters.
pub fn word(g: &mut Gen) -> String {
    (0..1 + g.below(8)).map(|_| char::from(b'a' + g.below(26) as u8)).collect()
}

/// Any character, mostly of the first kilobyte.
pub fn character(g: &mut Gen) -> char {
    loop {
        let limit = g.one(&[0x80, 0x80, 0x100, 0x800, 0x1_0000, 0x11_0000]);
        if let Some(c) = char::from_u32(g.below(limit) as u32) {
            return c;
        }
    }
}

/// The name of a field, a parameter or a header. Few, so that configurations meet records.
pub fn name(g: &mut Gen) -> &'static str {
    g.pick(&["a", "b", "c", "id", "name", "ts", "x", "nested", "a.b", "\u{fc}", "value", "A"])
}

/// A topic.
pub fn topic(g: &mut Gen) -> String {
    match g.below(8) {
        0 => g
            .pick(&["a", "_", "__consumer_offsets", "a.b.c", "t-0", "UPPER", "x1y22z333", "t\u{fc}"])
            .to_owned(),
        1..=3 => g.pick(&["orders", "orders-17", "db.schema.table", "my_topic", "topic"]).to_owned(),
        _ => format!("{}{}{}", word(g), g.pick(&["-", ".", "_", ""]), g.below(1000)),
    }
}
