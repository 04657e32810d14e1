//! Rules about transforms and predicates: those that are listed and those that are configured.

use ferry_config::suggest::nearest;

use super::finding::Finding;
use super::rule;
use super::subject::Subject;

/// What does not fit together. Lists that come from a config provider are unknown.
pub fn check(subject: &Subject, findings: &mut Vec<Finding>) {
    for list in ["transforms", "predicates"] {
        if !subject.setting(list).is_some_and(super::subject::Setting::refers) {
            unlisted(subject, list, findings);
        }
    }
    if !subject.setting("transforms").is_some_and(super::subject::Setting::refers) {
        unused(subject, findings);
    }
}

/// The alias in a key `LIST.ALIAS.REST`, of `aliases` if it is one of those: names may hold dots.
pub fn alias_of<'a>(list: &str, key: &'a str, aliases: &[&'a str]) -> Option<&'a str> {
    let rest = key.strip_prefix(list)?.strip_prefix('.')?;
    let listed =
        aliases.iter().filter(|alias| rest.strip_prefix(**alias).is_some_and(|r| r.starts_with('.')));
    let first = rest.split_once('.').map(|(alias, _)| alias);
    listed.max_by_key(|alias| alias.len()).copied().or(first)
}

fn unlisted(subject: &Subject, list: &str, findings: &mut Vec<Finding>) {
    let listed = subject.list(list);
    let mut said: Vec<&str> = Vec::new();
    for setting in &subject.settings {
        let Some(alias) = alias_of(list, &setting.key, &listed) else { continue };
        if listed.contains(&alias) || said.contains(&alias) {
            continue;
        }
        said.push(alias);
        let message = format!("{alias} has settings and is not in the list {list}");
        let found = subject.on_key(&rule::UNLISTED_TRANSFORM, setting, message);
        let help = match nearest(alias, listed.iter().copied(), 2) {
            Some(meant) => format!("did you mean {meant}?"),
            None => format!("add {alias} to {list}, or remove its settings"),
        };
        let found = found.help(help);
        findings.push(match subject.setting(list) {
            Some(setting) => found.related(subject.file, setting.at(), "the list"),
            None => found,
        });
    }
}

fn unused(subject: &Subject, findings: &mut Vec<Finding>) {
    let transforms = subject.list("transforms");
    let used: Vec<&str> = transforms
        .iter()
        .filter_map(|alias| subject.trimmed(&format!("transforms.{alias}.predicate")))
        .collect();
    for predicate in subject.list("predicates").into_iter().filter(|name| !name.is_empty()) {
        if used.contains(&predicate)
            || used.iter().any(|used| ferry_config::providers::substitute::refers(used))
        {
            continue;
        }
        let message = format!("no transform names the predicate {predicate}");
        let help = format!("set transforms.X.predicate={predicate}, or remove it");
        findings.push(subject.on_value(&rule::UNUSED_PREDICATE, "predicates", message).help(help));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_may_hold_dots() {
        let listed = ["a", "a.b"];
        let found =
            ["transforms.a.type", "transforms.a.b.type", "transforms.c.d.type", "transforms.x", "other.a.b"]
                .map(|key| alias_of("transforms", key, &listed));
        assert_eq!(found, [Some("a"), Some("a.b"), Some("c"), None, None]);
    }
}
