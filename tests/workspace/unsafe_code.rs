//! `unsafe` is in the places that the design names, and in no other.

use std::path::{Path, PathBuf};

/// Folders and files that may hold it, each with the reason.
const HOMES: &[(&str, &str)] = &[
    ("plugin-abi/src/raw/", "the flat memory of batches"),
    ("plugin-abi/src/vtable/", "the function tables of the boundary"),
    ("host/plugins/", "loading libraries"),
    ("host/kafka/src/rdkafka/native/", "librdkafka's memory"),
    ("host/src/memory.rs", "the one setting of the allocator"),
    ("plugin-abi/src/plugin.rs", "text of the macro that exports a plugin's symbols"),
    ("tests/faults/plugins/", "plugins that misbehave on purpose"),
    ("tests/abi/plugins/", "plugins with a header of their own"),
];

/// The workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

#[test]
fn unsafe_is_at_home() {
    let root = root();
    let mut files = Vec::new();
    collect(&root, &mut files);
    assert!(files.len() > 50, "only {} source files were found", files.len());
    let mut faults = Vec::new();
    for file in files {
        let name = file.strip_prefix(&root).expect("below the root").display().to_string();
        if HOMES.iter().any(|(home, _)| name.starts_with(home)) {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{name}: {e}"));
        for (number, line) in code_only(&text).lines().enumerate() {
            if words(line).any(|word| word == "unsafe") {
                faults.push(format!("{name}:{}", number + 1));
            }
        }
    }
    assert!(faults.is_empty(), "`unsafe` outside its places: {faults:#?}");
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).expect("a folder").flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        if path.is_dir() {
            if !name.starts_with('.') && name != "target" && name != "dist" {
                collect(&path, files);
            }
        } else if name.ends_with(".rs") {
            files.push(path);
        }
    }
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// The text with comments and literals blanked out, line by line as before.
fn code_only(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    let blank = |out: &mut String, part: &str| out.extend(part.chars().filter(|c| *c == '\n'));
    while at < bytes.len() {
        let rest = &text[at..];
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |i| i + 2)
        } else if let Some(length) = literal(rest, at > 0 && is_word(bytes[at - 1])) {
            length
        } else {
            let c = rest.chars().next().expect("more text");
            out.push(c);
            at += c.len_utf8();
            continue;
        };
        blank(&mut out, &rest[..length]);
        out.push(' ');
        at += length;
    }
    out
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The length of a string or character literal at the beginning of `rest`, if there is one.
fn literal(rest: &str, in_word: bool) -> Option<usize> {
    let bytes = rest.as_bytes();
    if !in_word && (rest.starts_with("r\"") || rest.starts_with("r#\"") || rest.starts_with("r##\"")) {
        let hashes = bytes[1..].iter().take_while(|b| **b == b'#').count();
        let end = format!("\"{}", "#".repeat(hashes));
        let begin = 2 + hashes;
        return Some(rest[begin..].find(&end).map_or(rest.len(), |i| begin + i + end.len()));
    }
    match bytes[0] {
        b'"' => {
            let mut at = 1;
            while at < bytes.len() && bytes[at] != b'"' {
                at += if bytes[at] == b'\\' { 2 } else { 1 };
            }
            Some((at + 1).min(rest.len()))
        }
        // A character, not a lifetime.
        b'\'' if bytes.get(1) == Some(&b'\\') => rest[2..].find('\'').map(|i| i.max(1) + 3),
        b'\'' => {
            let c = rest[1..].chars().next()?;
            rest[1 + c.len_utf8()..].starts_with('\'').then_some(2 + c.len_utf8())
        }
        _ => None,
    }
}

#[test]
fn the_scan_sees_code_and_nothing_else() {
    let text = "// unsafe\n/* unsafe */ let a = \"unsafe \\\" unsafe\"; r#\"unsafe\"#; '\"'; b'\\''; fn f<'a>() { unsafe { } }\n#![allow(unsafe_code)]\n";
    let found: Vec<usize> = code_only(text)
        .lines()
        .enumerate()
        .filter(|(_, line)| words(line).any(|word| word == "unsafe"))
        .map(|(number, _)| number + 1)
        .collect();
    assert_eq!(found, [2]);
    assert_eq!(code_only(text).matches("unsafe").count(), 2);
}
