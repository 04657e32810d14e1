//! Who of a group reads which partition.

use crate::TopicPartition;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// What each member subscribed to: topics that exist, with their number of partitions.
pub(super) type Subscriptions = BTreeMap<u64, Vec<(Arc<str>, i32)>>;
/// What each member is to read.
pub(super) type Assignments = HashMap<u64, Vec<TopicPartition>>;

/// Java's `RangeAssignor`: of each topic, consecutive partitions to its subscribers in order.
pub(super) fn range(members: &Subscriptions) -> Assignments {
    let mut assignments: Assignments = members.keys().map(|member| (*member, Vec::new())).collect();
    for (topic, partitions, subscribers) in by_topic(members) {
        let count = subscribers.len() as i32;
        let (each, extra) = (partitions / count, partitions % count);
        let mut next = 0;
        for (index, member) in subscribers.iter().enumerate() {
            let end = next + each + i32::from((index as i32) < extra);
            let share = (next..end).map(|partition| TopicPartition { topic: topic.clone(), partition });
            assignments.entry(*member).or_default().extend(share);
            next = end;
        }
    }
    assignments
}

/// Balanced, and as few partitions as possible change hands (`CooperativeStickyAssignor`).
pub(super) fn sticky(members: &Subscriptions, owners: &HashMap<TopicPartition, u64>) -> Assignments {
    let mut assignments: Assignments = members.keys().map(|member| (*member, Vec::new())).collect();
    let topics = by_topic(members);
    let total: usize = topics.iter().map(|(_, partitions, _)| *partitions as usize).sum();
    let quota = total.div_ceil(members.len().max(1));
    let mut free = Vec::new();
    for (topic, partitions, subscribers) in &topics {
        for partition in 0..*partitions {
            let partition = TopicPartition { topic: topic.clone(), partition };
            match owners.get(&partition).filter(|owner| subscribers.contains(owner)) {
                Some(owner) if assignments[owner].len() < quota => {
                    assignments.entry(*owner).or_default().push(partition)
                }
                _ => free.push((partition, subscribers)),
            }
        }
    }
    for (partition, subscribers) in free {
        if let Some(least) = subscribers.iter().min_by_key(|member| (assignments[*member].len(), **member)) {
            assignments.entry(*least).or_default().push(partition);
        }
    }
    balance(&topics, &mut assignments);
    assignments
}

/// Moves partitions from members with two more than another subscriber has.
fn balance(topics: &[(Arc<str>, i32, Vec<u64>)], assignments: &mut Assignments) {
    loop {
        let mut best: Option<(u64, usize, u64)> = None;
        for (from, partitions) in assignments.iter() {
            for (index, partition) in partitions.iter().enumerate() {
                let Some((_, _, subscribers)) = topics.iter().find(|(topic, _, _)| *topic == partition.topic)
                else {
                    continue;
                };
                let Some(to) = subscribers.iter().min_by_key(|member| (assignments[*member].len(), **member))
                else {
                    continue;
                };
                if assignments[to].len() + 1 < partitions.len() {
                    let candidate = (*from, index, *to);
                    best = Some(best.map_or(candidate, |best| best.min(candidate)));
                }
            }
        }
        let Some((from, index, to)) = best else { return };
        let moved = assignments.get_mut(&from).map(|partitions| partitions.remove(index));
        assignments.entry(to).or_default().extend(moved);
    }
}

fn by_topic(members: &Subscriptions) -> Vec<(Arc<str>, i32, Vec<u64>)> {
    let mut topics: BTreeMap<Arc<str>, (i32, Vec<u64>)> = BTreeMap::new();
    for (member, wanted) in members {
        for (topic, partitions) in wanted {
            let entry = topics.entry(topic.clone()).or_insert((*partitions, Vec::new()));
            entry.1.push(*member);
        }
    }
    topics.into_iter().map(|(topic, (partitions, members))| (topic, partitions, members)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(count: u64, partitions: i32) -> Subscriptions {
        (1..=count).map(|member| (member, vec![(Arc::from("t"), partitions)])).collect()
    }

    fn show(assignments: &Assignments) -> Vec<(u64, Vec<i32>)> {
        let sorted: BTreeMap<_, _> = assignments.iter().collect();
        sorted
            .into_iter()
            .map(|(member, all)| (*member, all.iter().map(|tp| tp.partition).collect()))
            .collect()
    }

    #[test]
    fn range_gives_the_first_members_one_more() {
        assert_eq!(show(&range(&members(3, 7))), [(1, vec![0, 1, 2]), (2, vec![3, 4]), (3, vec![5, 6])]);
        assert_eq!(show(&range(&members(2, 1))), [(1, vec![0]), (2, vec![])]);
    }

    #[test]
    fn sticky_moves_no_more_than_the_newcomer_needs() {
        let owners = (0..4).map(|partition| (TopicPartition::new("t", partition), 1)).collect();
        assert_eq!(show(&sticky(&members(2, 4), &owners)), [(1, vec![0, 1]), (2, vec![2, 3])]);
        let owners = (0..3).map(|partition| (TopicPartition::new("t", partition), 2)).collect();
        assert_eq!(show(&sticky(&members(2, 3), &owners)), [(1, vec![2]), (2, vec![0, 1])]);
    }
}
