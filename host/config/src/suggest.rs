//! "Did you mean": the known name nearest to a mistyped one.

/// The name among `known` that differs from `name` in the fewest letters, if they are few.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>, most: usize) -> Option<&'a str> {
    known
        .into_iter()
        .map(|candidate| (distance(name, candidate), candidate))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, _)| (1..=most).contains(distance))
        .map(|(_, candidate)| candidate)
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
}
