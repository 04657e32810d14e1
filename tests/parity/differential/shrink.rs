//! Makes a differing case small enough to read.

use serde_json::Value as Json;

/// The smallest case found that still differs: members and elements are left out one by one, and containers give
/// way to nothing at all, as long as `differs` holds.
pub fn shrink(case: &Json, mut differs: impl FnMut(&Json) -> bool) -> Json {
    let mut best = case.clone();
    'again: for _ in 0..200 {
        for smaller in smaller(&best) {
            if differs(&smaller) {
                best = smaller;
                continue 'again;
            }
        }
        break;
    }
    best
}

/// Every case with one part less, the largest parts first.
fn smaller(case: &Json) -> Vec<Json> {
    let mut places = Vec::new();
    collect("", case, &mut places);
    places.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    let without = |place: &str| {
        let mut copy = case.clone();
        let (parent, key) = place.rsplit_once('/')?;
        let key = key.replace("~1", "/").replace("~0", "~");
        match copy.pointer_mut(parent)? {
            Json::Array(items) => drop(items.remove(key.parse().ok()?)),
            Json::Object(members) => drop(members.shift_remove(&key)?),
            _ => return None,
        }
        Some(copy)
    };
    let fields = places.iter().flat_map(|(place, _)| without_fields(case, place));
    fields
        .chain(places.iter().filter(|(place, _)| !is_half(place)).filter_map(|(place, _)| without(place)))
        .collect()
}

/// Whether the part belongs to another: half of a pair, or a field of a struct.
fn is_half(place: &str) -> bool {
    let names: Vec<&str> = place.rsplit('/').take(3).collect();
    matches!(names[..], [_, "struct" | "fields", _] | [_, _, "map" | "headers" | "fields" | "parameters"])
        || matches!(names[0], "struct" | "fields")
}

/// The struct with its schema at `place`, each time without one field.
fn without_fields(case: &Json, place: &str) -> Vec<Json> {
    let fields =
        case.pointer(place).map_or(0, |typed| typed["schema"]["fields"].as_array().map_or(0, Vec::len));
    let without = |at: usize| {
        let mut copy = case.clone();
        let typed = copy.pointer_mut(place)?;
        typed["value"]["struct"].as_array_mut().map(|values| values.remove(at))?;
        typed["schema"]["fields"].as_array_mut().map(|fields| fields.remove(at))?;
        Some(copy)
    };
    (0..fields).filter_map(without).collect()
}

/// The parts of steps and of the configuration, with their sizes.
fn collect(place: &str, json: &Json, places: &mut Vec<(String, usize)>) {
    let mut visit = |key: String, child: &Json| {
        let place = format!("{place}/{key}");
        if place.starts_with("/steps/") || place.starts_with("/config/") {
            places.push((place.clone(), child.to_string().len()));
        }
        collect(&place, child, places);
    };
    match json {
        Json::Array(items) => items.iter().enumerate().for_each(|(at, item)| visit(at.to_string(), item)),
        Json::Object(members) => {
            members.iter().for_each(|(key, child)| visit(key.replace('~', "~0").replace('/', "~1"), child));
        }
        _ => {}
    }
}
