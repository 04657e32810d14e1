//! Comments that switch rules off: `# ferry-lint: allow ID, ID` for the next setting, `allow-file` for the file.

use ferry_config::properties::{Document, Place, Span};
use ferry_config::suggest::nearest;

use super::finding::Finding;
use super::rule::{self, RULES};

/// A rule that is switched off somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    /// The rule's name.
    pub id: String,
    /// The file, by its place in the list of files.
    pub file: usize,
    /// The first and the last line it is switched off for; `None`: the whole file.
    pub lines: Option<(usize, usize)>,
}

impl Allowed {
    /// Whether it switches this finding off.
    pub fn covers(&self, finding: &Finding) -> bool {
        self.id == finding.rule.id
            && self.file == finding.file
            && self.lines.is_none_or(|(first, last)| (first..=last).contains(&finding.at.at.line))
    }
}

/// What the comments of a file allow, and those that allow what does not exist.
pub fn of_comments(file: usize, document: &Document) -> (Vec<Allowed>, Vec<Finding>) {
    let (mut allowed, mut unknown) = (Vec::new(), Vec::new());
    for (line, text) in &document.comments {
        let Some(order) = text.trim().strip_prefix("ferry-lint:").map(str::trim) else { continue };
        let at = Span { at: Place { line: *line, column: 1 }, length: text.chars().count() + 1 };
        let (whole_file, ids) = match (order.strip_prefix("allow-file "), order.strip_prefix("allow ")) {
            (Some(ids), _) => (true, ids),
            (_, Some(ids)) => (false, ids),
            _ => {
                let message = "a comment for ferry lint says `allow ID` or `allow-file ID`";
                unknown.push(Finding::new(&rule::UNKNOWN_RULE, file, at, message));
                continue;
            }
        };
        for id in ids.split([',', ' ']).filter(|id| !id.is_empty()) {
            if rule::find(id).is_none() {
                let meant = nearest(id, RULES.iter().map(|rule| rule.id), 4);
                let finding = Finding::new(&rule::UNKNOWN_RULE, file, at, format!("there is no rule {id}"));
                unknown.push(finding.maybe_help(meant.map(|meant| format!("did you mean {meant}?"))));
            }
            let lines = if whole_file { None } else { Some(next_setting(document, *line)) };
            allowed.push(Allowed { id: id.to_owned(), file, lines });
        }
    }
    (allowed, unknown)
}

/// The lines of the setting after a line.
fn next_setting(document: &Document, after: usize) -> (usize, usize) {
    let mut starts = document.entries.iter().map(|entry| entry.key_at.at.line).filter(|line| *line > after);
    let first = starts.next().unwrap_or(after);
    let next = starts.find(|line| *line > first);
    (first, next.map_or(usize::MAX, |next| next - 1))
}
