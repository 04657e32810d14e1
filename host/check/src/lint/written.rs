//! Rules about how a file is written: keys that are there twice, and the classics of properties files.

use ferry_config::properties::{Place, Span};

use super::finding::Finding;
use super::rule;
use super::subject::{Setting, Subject};

/// What is wrong with the settings as text.
pub fn check(subject: &Subject, findings: &mut Vec<Finding>) {
    duplicates(subject, findings);
    for setting in &subject.settings {
        if let (Some(value), Some(written)) = (&setting.value, &setting.written) {
            let at = |rule, message: String| {
                Finding::new(rule, subject.file, setting.at(), message)
                    .about(&setting.key, setting.value.as_deref())
            };
            findings.extend(trailing_space(setting, value, &at));
            findings.extend(quotes(value, &at));
            findings.extend(comment(value, &at));
            findings.extend(backslash(written, &at));
        }
    }
}

/// Makes a finding about the setting that is looked at.
type At<'a> = &'a dyn Fn(&'static rule::Rule, String) -> Finding;

fn duplicates(subject: &Subject, findings: &mut Vec<Finding>) {
    for (index, setting) in subject.settings.iter().enumerate() {
        let earlier = subject.settings[..index].iter().rev().find(|earlier| earlier.key == setting.key);
        let Some(earlier) = earlier else { continue };
        let key = &setting.key;
        let message = format!("{key} is set twice; this value counts, the one before is passed over");
        let found = subject.on_key(&rule::DUPLICATE_KEY, setting, message);
        findings.push(
            found.related(subject.file, earlier.key_at, "set here before").help("remove one of the two"),
        );
    }
}

fn trailing_space(setting: &Setting, value: &str, at: At<'_>) -> Option<Finding> {
    let trimmed = value.trim_end_matches([' ', '\t', '\u{c}']);
    let count = value.chars().count() - trimmed.chars().count();
    // A space that is escaped, or stands behind an escape, is meant.
    let meant = setting.written.as_deref().is_some_and(|written| written.trim_end().ends_with('\\'));
    if count == 0 || meant {
        return None;
    }
    let noun = if count == 1 { "a white space".to_owned() } else { format!("{count} white spaces") };
    let mut found = at(&rule::TRAILING_SPACE, format!("the value of {} ends in {noun}", setting.key));
    let written = setting.written.as_deref().unwrap_or_default().chars().count();
    if setting.value_at.length == written {
        let Span { at: Place { line, column }, length } = setting.value_at;
        found.at = Span { at: Place { line, column: column + length - count }, length: count };
    }
    Some(found.help("remove it, or write the last one as \"\\ \" if it is meant"))
}

fn quotes(value: &str, at: At<'_>) -> Option<Finding> {
    let value = value.trim();
    let quoted = ['"', '\''].into_iter().any(|quote| {
        value.len() > 1
            && value.starts_with(quote)
            && value.ends_with(quote)
            && !value[1..value.len() - 1].contains(quote)
    });
    quoted.then(|| {
        at(&rule::QUOTED_VALUE, "the quotes are part of the value".to_owned()).help("write it without quotes")
    })
}

fn comment(value: &str, at: At<'_>) -> Option<Finding> {
    let hash = value.match_indices('#').map(|(index, _)| index).find(|index| {
        let (before, after) = (&value[..*index], &value[index + 1..]);
        before.ends_with([' ', '\t']) && (after.is_empty() || after.starts_with([' ', '\t', '#']))
    })?;
    let rest = value[..hash].trim_end();
    Some(at(&rule::COMMENT_IN_VALUE, "what begins with # is part of the value".to_owned()).help(
        if rest.is_empty() {
            "put the comment on a line of its own".to_owned()
        } else {
            "put the comment on a line of its own, before the setting".to_owned()
        },
    ))
}

fn backslash(written: &str, at: At<'_>) -> Option<Finding> {
    let mut chars = written.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            continue;
        }
        let Some(escaped) = chars.next() else { break };
        let known =
            matches!(escaped, 't' | 'n' | 'r' | 'f' | 'u' | '\\' | '=' | ':' | '#' | '!' | ' ' | '\t');
        if !known && !matches!(escaped, '"' | '\'' | '/' | ',' | '$' | '{' | '}') {
            let message = format!("\\{escaped} is no escape: the backslash is dropped");
            return Some(at(&rule::LOST_BACKSLASH, message).help(format!("write \\\\{escaped}")));
        }
        if matches!(escaped, '$' | '{' | '}' | '/') {
            let message = format!("the backslash before {escaped} is dropped");
            return Some(at(&rule::LOST_BACKSLASH, message).help(format!("write \\\\{escaped}")));
        }
    }
    None
}
