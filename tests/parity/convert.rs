//! `ferry config convert` writes properties that `java.util.Properties` reads as they were meant.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::Command;

use ferry_tests::{Dice, Place, Spoken, servers};
use serde_json::{Value, json};

/// Loads each file of a folder as the JVM worker loads its files; keys and values as their UTF-16 in hex.
const READER: &str = r#"
import java.io.*; import java.nio.file.*; import java.util.*;
public class Reader {
  static String hex(String s) { StringBuilder b = new StringBuilder(); for (char c : s.toCharArray()) b.append(String.format("%04x", (int) c)); return b.toString(); }
  public static void main(String[] a) throws IOException {
    for (int i = 0; i < Integer.parseInt(a[1]); i++) {
      Properties p = new Properties();
      try (InputStream in = Files.newInputStream(Paths.get(a[0], i + ".properties"))) { p.load(in); }
      for (String k : new TreeSet<>(p.stringPropertyNames())) System.out.println(i + " " + hex(k) + " " + hex(p.getProperty(k)));
    }
  }
}"#;

const CASES: u64 = 24;

#[test]
fn the_jvm_reads_what_was_converted() {
    if !servers::available() {
        return;
    }
    let (place, mut dice) = (Place::new("convert"), Dice::seeded());
    let mut expected = String::new();
    for number in 0..CASES {
        let mut entries: BTreeMap<String, String> =
            (0..60).map(|_| (text(&mut dice), text(&mut dice))).collect();
        entries.insert("name".to_owned(), format!("c{number}"));
        entries.insert("connector.class".to_owned(), "X".to_owned());
        let mut lines: Vec<String> =
            entries.iter().map(|(key, value)| format!("{number} {} {}\n", hex(key), hex(value))).collect();
        // The order of a TreeSet of Java strings, which is that of UTF-16.
        lines.sort_by_key(|line| line.split(' ').nth(1).map(str::to_owned));
        expected += &lines.concat();
        let config: serde_json::Map<String, Value> =
            entries.into_iter().map(|(key, value)| (key, Value::from(value))).collect();
        let wanted = json!({ "name": format!("c{number}"), "config": config });
        let input = place.write(&format!("{number}.json"), wanted.to_string());
        let properties = place.at(&format!("{number}.properties"));
        assert_eq!(Spoken::by(&["config", "convert", &input, &properties]).exit, 0);
        let back = Spoken::by(&["config", "convert", &properties]);
        assert_eq!(serde_json::from_str::<Value>(&back.out).expect("JSON"), wanted, "{}", back.err);
    }
    let reader = place.write("Reader.java", READER);
    let mut java = Command::new("java");
    let read = Spoken::of(java.arg(reader).arg(place.path()).arg(CASES.to_string()));
    assert_eq!((read.exit, read.out), (0, expected), "{}", read.err);
}

/// Text with all that is special in properties.
fn text(dice: &mut Dice) -> String {
    const SPECIAL: &[char] = &[
        ' ', '\t', '\n', '\r', '\u{c}', '=', ':', '#', '!', '\\', 'u', '0', '{', '[', '"', '\0', '\u{7f}',
        '\u{85}', 'é', '€', '😀', '\u{2028}', '\u{ffff}', 'a',
    ];
    let length = dice.below(9);
    (0..length).map(|_| SPECIAL[dice.below(SPECIAL.len() as u64) as usize]).collect()
}

fn hex(text: &str) -> String {
    text.encode_utf16().fold(String::new(), |mut hex, unit| {
        let _ = write!(hex, "{unit:04x}");
        hex
    })
}
