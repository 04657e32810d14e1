//! A line is a row of comma-separated fields (RFC 4180, one row per line), named by the file's first line.

use std::borrow::Cow;

use ferry_sdk::data::{Arena, Entry, ValueRef};

use super::Convert;

/// Rows of a file with these names; values are maps from name to text.
pub struct Csv<'h>(pub &'h [String]);

/// The names in the first line of a file.
pub fn header(line: &str) -> Result<Vec<String>, String> {
    let line = line.strip_prefix('\u{FEFF}').unwrap_or(line);
    let names: Vec<String> = fields(line).map(|name| name.map(Cow::into_owned)).collect::<Result<_, _>>()?;
    match names.iter().enumerate().find(|(at, name)| names[..*at].contains(name)) {
        Some((_, twice)) => Err(format!("the name '{twice}' is in the header twice")),
        None => Ok(names),
    }
}

impl Convert for Csv<'_> {
    fn convert<'a>(&self, text: &'a str, arena: &'a Arena) -> Result<Option<ValueRef<'a>>, String> {
        if text.is_empty() {
            return Ok(None);
        }
        let mut row = Vec::with_capacity(self.0.len());
        let mut count = 0;
        for field in fields(text) {
            let field = match field? {
                Cow::Borrowed(text) => text,
                Cow::Owned(text) => arena.str(&text),
            };
            if let Some(name) = self.0.get(count) {
                row.push(Entry { key: ValueRef::str(arena.str(name)), value: ValueRef::str(field) });
            }
            count += 1;
        }
        if count != self.0.len() {
            return Err(format!("the header has {} fields, the row has {count}", self.0.len()));
        }
        Ok(Some(ValueRef::map(arena.entries(&row))))
    }
}

/// The fields of a line; one that is not quoted properly is the last.
fn fields(line: &str) -> impl Iterator<Item = Result<Cow<'_, str>, String>> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let line = rest.take()?;
        if line.starts_with('"') {
            return Some(quoted(line).map(|(field, after)| {
                rest = after;
                field
            }));
        }
        let (field, after) = line.split_once(',').map_or((line, None), |(field, after)| (field, Some(after)));
        rest = after;
        Some(Ok(Cow::Borrowed(field)))
    })
}

/// The field that begins with a quote, and what follows its comma.
fn quoted(line: &str) -> Result<(Cow<'_, str>, Option<&str>), String> {
    let mut field = Cow::Borrowed("");
    let mut rest = &line[1..];
    loop {
        let Some((text, after)) = rest.split_once('"') else {
            return Err("a quoted field does not end in this line".to_owned());
        };
        match &mut field {
            Cow::Borrowed("") => field = Cow::Borrowed(text),
            more => more.to_mut().push_str(text),
        }
        if let Some(after) = after.strip_prefix('"') {
            field.to_mut().push('"');
            rest = after;
        } else if after.is_empty() {
            return Ok((field, None));
        } else if let Some(after) = after.strip_prefix(',') {
            return Ok((field, Some(after)));
        } else {
            return Err("text follows the end of a quoted field".to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Vec<String>, String> {
        fields(line).map(|field| field.map(Cow::into_owned)).collect()
    }

    #[test]
    fn reads_fields_as_rfc_4180_has_them() {
        for (line, expected) in [
            ("", vec![""]),
            (",", vec!["", ""]),
            ("a,b c,\u{e9}", vec!["a", "b c", "\u{e9}"]),
            (r#""a,b","","c""d""""#, vec!["a,b", "", r#"c"d""#]),
            (r#""""#, vec![""]),
            (r#""""a","b""#, vec![r#""a"#, "b"]),
            (r#"a"b,c"#, vec![r#"a"b"#, "c"]),
            (r#""a","#, vec!["a", ""]),
        ] {
            assert_eq!(parsed(line), Ok(expected.iter().map(|s| (*s).to_owned()).collect()), "{line}");
        }
        assert_eq!(parsed(r#"a,"b"#), Err("a quoted field does not end in this line".into()));
        assert_eq!(parsed(r#""a"b,c"#), Err("text follows the end of a quoted field".into()));
        assert_eq!(header("\u{FEFF}id,name"), Ok(vec!["id".into(), "name".into()]));
        assert_eq!(header("id,id"), Err("the name 'id' is in the header twice".into()));
    }
}
