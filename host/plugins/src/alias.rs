//! Short names of classes (`PluginUtils.computeAliases`).

use std::collections::{BTreeMap, BTreeSet};

use ferry_plugin_abi::api::ClassKind;

/// Java's simple name: what follows the last package or outer class.
pub(crate) fn simple_name(class: &str) -> &str {
    class.rsplit(['.', '$', ':']).next().unwrap_or(class)
}

/// The simple name without the suffix of its kind (`PluginUtils.prunedName`).
pub(crate) fn pruned_name(kind: ClassKind, class: &str) -> &str {
    let simple = simple_name(class);
    match simple.rfind(kind.suffix()) {
        Some(at) if at > 0 => &simple[..at],
        _ => simple,
    }
}

/// Aliases of all classes; one that means several classes means none.
pub(crate) fn aliases<'a>(
    classes: impl Iterator<Item = (ClassKind, &'a str)>,
) -> (BTreeMap<String, String>, BTreeMap<String, Vec<String>>) {
    let mut meant: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (kind, class) in classes {
        meant.entry(simple_name(class)).or_default().insert(class);
        meant.entry(pruned_name(kind, class)).or_default().insert(class);
    }
    let (mut clear, mut ambiguous) = (BTreeMap::new(), BTreeMap::new());
    for (alias, classes) in meant {
        let mut classes: Vec<String> = classes.into_iter().map(str::to_owned).collect();
        match classes.len() {
            1 => drop(clear.insert(alias.to_owned(), classes.remove(0))),
            _ => drop(ambiguous.insert(alias.to_owned(), classes)),
        }
    }
    (clear, ambiguous)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_as_connect_cuts_them() {
        let pruned = |kind, class| pruned_name(kind, class);
        assert_eq!(pruned(ClassKind::Source, "a.b.FileStreamSourceConnector"), "FileStreamSource");
        assert_eq!(pruned(ClassKind::Converter, "a.JsonConverter"), "Json");
        assert_eq!(pruned(ClassKind::HeaderConverter, "a.JsonConverter"), "JsonConverter");
        assert_eq!(pruned(ClassKind::Transform, "a.TimestampConverter$Value"), "Value");
        assert_eq!(pruned(ClassKind::Transform, "a.TimestampRouter"), "TimestampRouter");
        assert_eq!(pruned(ClassKind::Sink, "Connector"), "Connector");
        assert_eq!(pruned(ClassKind::Sink, "ConnectorOfConnectors"), "ConnectorOf");
    }

    #[test]
    fn an_alias_of_two_classes_is_dropped() {
        let (clear, ambiguous) = aliases(
            [
                (ClassKind::Transform, "t.Cast$Key"),
                (ClassKind::Transform, "t.Mask$Key"),
                (ClassKind::Source, "t.FooConnector"),
                (ClassKind::Converter, "t.JsonConverter"),
                (ClassKind::HeaderConverter, "t.JsonConverter"),
            ]
            .into_iter(),
        );
        let clear: Vec<_> = clear.iter().map(|(a, c)| format!("{a}={c}")).collect();
        assert_eq!(
            clear,
            [
                "Foo=t.FooConnector",
                "FooConnector=t.FooConnector",
                "Json=t.JsonConverter",
                "JsonConverter=t.JsonConverter"
            ]
        );
        assert_eq!(
            ambiguous,
            BTreeMap::from([("Key".into(), vec!["t.Cast$Key".into(), "t.Mask$Key".into()])])
        );
    }
}
