//! "Did you mean": the known name nearest to a mistyped one.

use std::path::{Path, PathBuf};

/// The name among `known` that differs from `name` in the fewest letters, if they are few.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>, most: usize) -> Option<&'a str> {
    known
        .into_iter()
        .map(|candidate| (distance(name, candidate), candidate))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, _)| (1..=most).contains(distance))
        .map(|(_, candidate)| candidate)
}

/// The classes that a class name that leads nowhere may mean, in the order of `classes`: those whose name, with or
/// without package, nested class and the suffix of its kind, differs from `name` in the fewest letters.
pub fn nearest_classes<'a>(name: &str, classes: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let name = name.trim();
    let mut best = (usize::MAX, Vec::new());
    for class in classes {
        let Some(distance) = class_distance(name, class) else { continue };
        if distance < best.0 {
            best = (distance, Vec::new());
        }
        if distance == best.0 && !best.1.contains(&class) {
            best.1.push(class);
        }
    }
    best.1
}

/// What [`nearest_classes`] found, as a question; `None` if there is none, or too many to ask for.
pub fn did_you_mean<'a>(name: &str, classes: impl IntoIterator<Item = &'a str>) -> Option<String> {
    match nearest_classes(name, classes).as_slice() {
        [one] => Some(format!("did you mean {one}?")),
        several @ [_, _] | several @ [_, _, _] => Some(format!("did you mean {}?", several.join(" or "))),
        _ => None,
    }
}

/// The file that a path which leads nowhere may mean: one beside it with nearly its name.
pub fn nearest_file(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let entries = std::fs::read_dir(folder).ok()?;
    let mut names: Vec<String> =
        entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    // Of two that are equally near, always the same.
    names.sort();
    let most = (name.chars().count() / 3).clamp(1, 4);
    nearest(name, names.iter().map(String::as_str), most).map(|found| path.with_file_name(found))
}

const SUFFIXES: [&str; 6] =
    ["Connector", "Converter", "Transformation", "Predicate", "ConfigProvider", "HeaderConverter"];

/// How far a name is from the nearest way to write a class; `None` for too far.
fn class_distance(name: &str, class: &str) -> Option<usize> {
    let short = |class: &str| class.rsplit('.').next().unwrap_or_default().to_owned();
    let forms = |class: &str| {
        let mut forms = vec![class.to_owned()];
        forms.extend(class.split_once('$').map(|(outer, _)| outer.to_owned()));
        let pruned = forms.iter().flat_map(|form| SUFFIXES.iter().filter_map(|s| form.strip_suffix(s)));
        let pruned: Vec<String> = pruned.filter(|form| !form.is_empty()).map(str::to_owned).collect();
        forms.extend(pruned);
        forms
    };
    let whole = |name: &str, form: String| {
        // A third of the letters at most, and letters of the other case are nearly the same.
        let most = (form.chars().count() / 3).clamp(1, 4);
        let distance = distance(&name.to_lowercase(), &form.to_lowercase());
        (distance <= most).then_some(distance)
    };
    // In the wrong package, a class is still meant by its name.
    let by_short = forms(&short(class)).into_iter().filter_map(|form| whole(&short(name), form)).min();
    let by_full = forms(class).into_iter().filter_map(|form| whole(name, form)).min();
    by_short.into_iter().chain(by_full).min()
}

/// Letters to insert, delete or replace to come from `a` to `b` (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_near_and_leaves_the_far() {
        let known = ["ferry.log.format", "ferry.task.restart.enabled"];
        let found = [
            nearest("ferry.log.fromat", known, 3),
            nearest("ferry.task.restarts.enable", known, 3),
            nearest("ferry.log.format", known, 3),
            nearest("ferry.colour", known, 3),
        ];
        assert_eq!(found, [Some("ferry.log.format"), Some("ferry.task.restart.enabled"), None, None]);
        assert_eq!([distance("", "abc"), distance("kitten", "sitting"), distance("äb", "b")], [3, 3, 1]);
    }

    #[test]
    fn finds_files_beside() {
        let place = tempfile::tempdir().unwrap();
        std::fs::write(place.path().join("worker.properties"), "").unwrap();
        let found = |name: &str| nearest_file(&place.path().join(name));
        assert_eq!(found("worker.propertys"), Some(place.path().join("worker.properties")));
        assert_eq!(found("other.json"), None);
        assert_eq!(found("nowhere/worker.properties"), None);
    }

    #[test]
    fn finds_classes_however_they_are_named() {
        let known = [
            "org.apache.kafka.connect.file.FileStreamSinkConnector",
            "org.apache.kafka.connect.file.FileStreamSourceConnector",
            "org.apache.kafka.connect.transforms.MaskField$Key",
            "org.apache.kafka.connect.transforms.MaskField$Value",
            "org.apache.kafka.connect.json.JsonConverter",
        ];
        let found = |name: &str| did_you_mean(name, known).unwrap_or_default();
        assert_eq!(
            [
                found("FileStreamSorce"),
                found("org.apache.kafka.connect.FileStreamSinkConnector"),
                found("MaskField"),
                found("org.apache.kafka.connect.transforms.MaskFeild$Value"),
                found("jsonconverter"),
                found("Nope"),
            ],
            [
                "did you mean org.apache.kafka.connect.file.FileStreamSourceConnector?",
                "did you mean org.apache.kafka.connect.file.FileStreamSinkConnector?",
                "did you mean org.apache.kafka.connect.transforms.MaskField$Key or \
                 org.apache.kafka.connect.transforms.MaskField$Value?",
                "did you mean org.apache.kafka.connect.transforms.MaskField$Value?",
                "did you mean org.apache.kafka.connect.json.JsonConverter?",
                "",
            ]
        );
    }
}
