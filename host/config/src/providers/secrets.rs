//! What config providers gave out, so that it can be kept out of logs, traces and errors.

use std::borrow::Cow;
use std::collections::{BTreeSet, VecDeque};
use std::sync::{PoisonError, RwLock};

use crate::secret::HIDDEN;

/// Values shorter than this say too little to be looked for in other texts.
const SHORTEST: usize = 4;
/// Values from this length on are found inside of words, too.
const DISTINCT: usize = 8;
/// So many are remembered; the oldest are of secrets that were replaced long ago.
const MOST: usize = 4096;

/// The values that config providers gave out. Any thread may ask it to clean a text.
#[derive(Default)]
pub struct Secrets(RwLock<Known>);

#[derive(Default)]
struct Known {
    /// The oldest first.
    by_age: VecDeque<String>,
    /// The longest first: a value may be a part of another one.
    by_length: Vec<String>,
}

impl Secrets {
    /// Remembers values.
    pub fn learn<'a>(&self, values: impl IntoIterator<Item = &'a str>) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let before = known.by_age.len();
        for form in values.into_iter().flat_map(forms) {
            if !known.by_age.contains(&form) {
                known.by_age.push_back(form);
            }
        }
        if known.by_age.len() == before {
            return;
        }
        while known.by_age.len() > MOST {
            known.by_age.pop_front();
        }
        known.by_length = known.by_age.iter().cloned().collect();
        known.by_length.sort_by_key(|form| std::cmp::Reverse(form.len()));
    }

    /// Whether a value is long and peculiar enough to be kept out of texts.
    pub fn keeps(value: &str) -> bool {
        value.trim().len() >= SHORTEST
            && !["true", "false", "null", "none"].contains(&value.trim().to_ascii_lowercase().as_str())
    }

    /// The text with `[hidden]` for every value that it quotes.
    pub fn hide<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut text = Cow::Borrowed(text);
        for value in &known.by_length {
            if text.contains(value.as_str()) {
                text = Cow::Owned(without(&text, value));
            }
        }
        text
    }
}

/// A count: not even a debugger's output shows more.
impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} hidden values", self.0.read().unwrap_or_else(PoisonError::into_inner).by_age.len())
    }
}

/// An error in an error in an entry of a log in JSON: so often may a text be escaped.
const LEVELS: usize = 3;

/// How a value may stand in a text: as it is, line by line, and escaped as in JSON and in debug output.
fn forms(value: &str) -> BTreeSet<String> {
    let trimmed = value.trim();
    let mut forms = BTreeSet::from([value.to_owned(), trimmed.to_owned()]);
    forms.extend(trimmed.lines().map(str::trim).filter(|line| line.len() >= DISTINCT).map(str::to_owned));
    let mut last = forms.clone();
    for _ in 0..LEVELS {
        let quoted = last
            .iter()
            .flat_map(|form| [serde_json::to_string(form).unwrap_or_default(), format!("{form:?}")]);
        last =
            quoted.filter_map(|text| Some(text.strip_prefix('"')?.strip_suffix('"')?.to_owned())).collect();
        forms.extend(last.iter().cloned());
    }
    forms.retain(|form| Secrets::keeps(form));
    forms
}

fn without(text: &str, value: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(value) {
        let (before, after) = (&rest[..at], &rest[at + value.len()..]);
        let in_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let inside =
            value.len() < DISTINCT && (in_word(before.chars().next_back()) || in_word(after.chars().next()));
        out.push_str(before);
        out.push_str(if inside { value } else { HIDDEN });
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets(values: &[&str]) -> Secrets {
        let secrets = Secrets::default();
        secrets.learn(values.iter().copied());
        secrets
    }

    #[test]
    fn hides_values_in_every_form() {
        let known =
            secrets(&["s3cr\"et\\pass", "-----BEGIN KEY-----\nMIIEvQIBADAN\n-----END KEY-----\n", "p4ss"]);
        let texts = [
            "password s3cr\"et\\pass is wrong",
            r#"{"message":"password s3cr\"et\\pass is wrong"}"#,
            "url=jdbc:x://u:s3cr\"et\\passx@h",
            "bad line MIIEvQIBADAN of key",
            "key -----BEGIN KEY-----\\nMIIEvQIBADAN\\n-----END KEY-----\\n!",
            "p4ss, xp4ss, 'p4ss'",
            r#"error="Some(\"s3cr\\\"et\\\\pass\")""#,
            "nothing to hide",
        ];
        let expected = [
            "password [hidden] is wrong",
            r#"{"message":"password [hidden] is wrong"}"#,
            "url=jdbc:x://u:[hidden]x@h",
            "bad line [hidden] of key",
            "key [hidden]!",
            "[hidden], xp4ss, '[hidden]'",
            r#"error="Some(\"[hidden]\")""#,
            "nothing to hide",
        ];
        assert_eq!(texts.map(|text| known.hide(text).into_owned()), expected);
    }

    #[test]
    fn leaves_what_says_nothing() {
        let known = secrets(&["", "1", "abc", "true", "FALSE"]);
        let text = "1 abc is true and FALSE";
        assert!(matches!(known.hide(text), Cow::Borrowed(same) if same == text));
    }

    #[test]
    fn remembers_so_many_and_the_newest() {
        let known = Secrets::default();
        let values: Vec<String> = (0..MOST + 10).map(|n| format!("secret-{n:08}")).collect();
        known.learn(values.iter().map(String::as_str));
        assert_eq!(known.hide("secret-00000000"), "secret-00000000");
        assert_eq!(known.hide(&format!("secret-{:08}", MOST + 9)), HIDDEN);
    }
}
