//! Consumer groups of the embedded log: members of one process, committed offsets that last.
//!
//! There is no timer thread: members look after their group when they poll, so that a member that
//! stopped polling for `max.poll.interval.ms` is put out by the others.

use super::assignor::{self, Assignments, Subscriptions};
use super::engine::{Change, Engine};
use super::signal::Signal;
use super::store::Store;
use crate::pattern::TopicPattern;
use crate::{Error, ErrorKind, RebalanceEvent, Result, TopicPartition};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// All groups of a log.
pub(super) struct Groups {
    groups: Mutex<BTreeMap<String, Group>>,
    /// Counts every change a member may have to react to.
    version: AtomicU64,
}

#[derive(Default)]
struct Group {
    offsets: BTreeMap<TopicPartition, i64>,
    members: BTreeMap<u64, Member>,
    owners: HashMap<TopicPartition, u64>,
    target: Assignments,
    generation: u64,
    topics_version: u64,
    last_member: u64,
}

struct Member {
    wanted: Wanted,
    cooperative: bool,
    signal: Arc<Signal>,
    polled: Instant,
    poll_limit: Duration,
}

/// A subscription, ready to be matched.
#[derive(Clone)]
pub(super) enum Wanted {
    Topics(BTreeSet<String>),
    Pattern(TopicPattern),
}

/// What a consumer knows of its own membership.
pub(super) struct Membership {
    pub(super) group: String,
    pub(super) wanted: Wanted,
    pub(super) cooperative: bool,
    pub(super) poll_limit: Duration,
    pub(super) signal: Arc<Signal>,
    pub(super) owned: BTreeSet<TopicPartition>,
    member: Option<u64>,
    revoking: Vec<TopicPartition>,
    generation: u64,
    settled: u64,
    looked: Instant,
}

impl Membership {
    pub(super) fn new(
        group: String,
        wanted: Wanted,
        cooperative: bool,
        poll_limit: Duration,
        signal: Arc<Signal>,
    ) -> Self {
        Self {
            group,
            wanted,
            cooperative,
            poll_limit,
            signal,
            owned: BTreeSet::new(),
            member: None,
            revoking: Vec::new(),
            generation: 0,
            settled: 0,
            looked: Instant::now(),
        }
    }

    /// True when the group changed since the last [`Store::follow`], or it is time to look.
    pub(super) fn has_news(&self, store: &Store) -> bool {
        self.settled != store.groups.version.load(SeqCst) + store.topics_version.load(SeqCst)
            || self.looked.elapsed() >= Duration::from_secs(1).min(self.poll_limit / 3)
    }
}

impl Groups {
    /// Reads the committed offsets of all groups.
    pub(super) fn load(engine: &Engine) -> Result<Self> {
        let mut groups: BTreeMap<String, Group> = BTreeMap::new();
        for (key, value) in engine.meta_under(b"g/")? {
            let read = || {
                let mut parts = key.splitn(3, |byte| *byte == 0);
                let group = String::from_utf8(parts.next()?.to_vec()).ok()?;
                let topic = std::str::from_utf8(parts.next()?).ok()?;
                let partition = i32::from_be_bytes(parts.next()?.try_into().ok()?);
                let offset = i64::from_be_bytes(value.as_slice().try_into().ok()?);
                Some((group, TopicPartition::new(topic, partition), offset))
            };
            let (group, partition, offset) = read().ok_or_else(|| {
                Error::new(ErrorKind::Fatal, "the embedded log is damaged: cannot read a committed offset")
            })?;
            groups.entry(group).or_default().offsets.insert(partition, offset);
        }
        Ok(Self { groups: Mutex::new(groups), version: AtomicU64::new(1) })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Group>> {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Drops the offsets of a topic that is being deleted.
    pub(super) fn forget_topic(&self, topic: &str, change: &mut Change<'_>) {
        for (name, group) in self.lock().iter_mut() {
            group.offsets.retain(|partition, _| {
                let keep = &*partition.topic != topic;
                if !keep {
                    change.remove_meta(offset_key(name, partition));
                }
                keep
            });
        }
    }

    /// Names of the groups with members or offsets.
    pub(super) fn names(&self) -> Vec<String> {
        let groups = self.lock();
        groups.iter().filter(|(_, group)| group.is_known()).map(|(name, _)| name.clone()).collect()
    }

    pub(super) fn offsets(&self, group: &str) -> Vec<(TopicPartition, i64)> {
        let groups = self.lock();
        groups.get(group).into_iter().flat_map(|group| group.offsets.clone()).collect()
    }

    pub(super) fn committed(&self, group: &str, partitions: &[TopicPartition]) -> Vec<Option<i64>> {
        let groups = self.lock();
        let offsets = groups.get(group).map(|group| &group.offsets);
        partitions.iter().map(|partition| offsets?.get(partition).copied()).collect()
    }
}

impl Store {
    /// Carries out what the last event announced, then says what changed for this member, if anything.
    pub(super) fn follow(&self, me: &mut Membership) -> Option<RebalanceEvent> {
        let version = || self.groups.version.load(SeqCst) + self.topics_version.load(SeqCst);
        me.looked = Instant::now();
        let mut groups = self.groups.lock();
        let seen = version();
        let group = groups.entry(me.group.clone()).or_default();
        let event = self.follow_group(group, me);
        if event.is_none() && me.revoking.is_empty() && seen == version() {
            me.settled = seen;
        }
        event
    }

    fn follow_group(&self, group: &mut Group, me: &mut Membership) -> Option<RebalanceEvent> {
        if let Some(member) = me.member.filter(|member| !group.members.contains_key(member)) {
            tracing::warn!(
                group = me.group,
                member,
                "consumer was put out of its group for not polling in time"
            );
            me.member = None;
            me.revoking.clear();
            let partitions: Vec<_> = std::mem::take(&mut me.owned).into_iter().collect();
            if !partitions.is_empty() {
                return Some(RebalanceEvent::Revoked { partitions, lost: true });
            }
        }
        let member = match me.member {
            Some(member) => member,
            None => {
                group.last_member += 1;
                group.members.insert(
                    group.last_member,
                    Member {
                        wanted: me.wanted.clone(),
                        cooperative: me.cooperative,
                        signal: me.signal.clone(),
                        polled: Instant::now(),
                        poll_limit: me.poll_limit,
                    },
                );
                me.member = Some(group.last_member);
                me.generation = 0;
                self.rebalance(group);
                group.last_member
            }
        };
        if let Some(known) = group.members.get_mut(&member) {
            known.polled = Instant::now();
        }
        self.look_after(group);
        if !me.revoking.is_empty() {
            for partition in me.revoking.drain(..) {
                if group.owners.get(&partition) == Some(&member) {
                    group.owners.remove(&partition);
                }
                me.owned.remove(&partition);
            }
            self.group_changed(group);
        }
        let target = group.target.get(&member).cloned().unwrap_or_default();
        if me.cooperative {
            me.revoking = me.owned.iter().filter(|partition| !target.contains(partition)).cloned().collect();
        } else if me.generation != group.generation {
            me.revoking = me.owned.iter().cloned().collect();
        }
        if !me.revoking.is_empty() {
            return Some(RebalanceEvent::Revoked { partitions: me.revoking.clone(), lost: false });
        }
        if me.generation == group.generation && !me.cooperative {
            return None;
        }
        let is_free =
            |partition: &TopicPartition| group.owners.get(partition).is_none_or(|owner| *owner == member);
        let mut added: Vec<_> =
            target.into_iter().filter(|partition| !me.owned.contains(partition)).collect();
        if me.cooperative {
            added.retain(is_free);
            if added.is_empty() && me.generation != 0 {
                return None;
            }
        } else if !added.iter().all(is_free) {
            return None;
        }
        me.generation = group.generation;
        for partition in &added {
            group.owners.insert(partition.clone(), member);
            me.owned.insert(partition.clone());
        }
        Some(RebalanceEvent::Assigned(added))
    }

    /// Puts out members that stopped polling and reacts to new and deleted topics.
    fn look_after(&self, group: &mut Group) {
        let gone: Vec<u64> = group
            .members
            .iter()
            .filter(|(_, member)| member.polled.elapsed() > member.poll_limit)
            .map(|(id, _)| *id)
            .collect();
        for member in &gone {
            group.remove(*member);
        }
        if !gone.is_empty() {
            self.rebalance(group);
        } else if group.topics_version != self.topics_version.load(SeqCst) {
            let target = self.target(group);
            if target != group.target {
                self.rebalance(group);
            }
        }
    }

    fn rebalance(&self, group: &mut Group) {
        group.target = self.target(group);
        group.generation += 1;
        self.group_changed(group);
    }

    fn target(&self, group: &mut Group) -> Assignments {
        group.topics_version = self.topics_version.load(SeqCst);
        let topics = self.topics();
        let subscriptions: Subscriptions = group
            .members
            .iter()
            .map(|(id, member)| {
                let wanted = topics.iter().filter(|topic| member.wanted.contains(&topic.name));
                (*id, wanted.map(|topic| (topic.name.clone(), topic.partitions.len() as i32)).collect())
            })
            .collect();
        if group.members.values().all(|member| member.cooperative) {
            assignor::sticky(&subscriptions, &group.owners)
        } else {
            assignor::range(&subscriptions)
        }
    }

    fn group_changed(&self, group: &Group) {
        self.groups.version.fetch_add(1, SeqCst);
        for member in group.members.values() {
            member.signal.ring();
        }
    }

    /// Leaves the group; the others take over.
    pub(super) fn leave(&self, me: &mut Membership) {
        let mut groups = self.groups.lock();
        if let (Some(group), Some(member)) = (groups.get_mut(&me.group), me.member.take()) {
            group.remove(member);
            self.rebalance(group);
        }
        me.owned.clear();
        me.revoking.clear();
    }

    /// Keeps offsets of a group: for a member of partitions it owns, for others while there is no member.
    pub(super) fn commit_offsets(
        &self,
        group: &str,
        me: Option<&Membership>,
        offsets: &[(TopicPartition, i64)],
    ) -> Result<()> {
        let mut groups = self.groups.lock();
        let entry = groups.entry(group.to_owned()).or_default();
        match me {
            Some(me) => {
                let stranger = offsets.iter().find(|(partition, _)| {
                    me.member.is_none() || entry.owners.get(partition).copied() != me.member
                });
                if let Some((partition, _)) = stranger {
                    return Err(Error::new(
                        ErrorKind::NotOwner,
                        format!(
                            "cannot commit {partition} for group {group}: this consumer does not own it any more"
                        ),
                    ));
                }
            }
            None if !entry.members.is_empty() => {
                return Err(Error::new(
                    ErrorKind::GroupNotEmpty,
                    format!("cannot set offsets of group {group}: it has {} members", entry.members.len()),
                ));
            }
            None => {}
        }
        let mut change = self.engine.change();
        for (partition, offset) in offsets {
            change.insert_meta(offset_key(group, partition), offset.to_be_bytes());
        }
        change.commit()?;
        self.engine.sync_meta()?;
        entry.offsets.extend(offsets.iter().cloned());
        Ok(())
    }

    /// Forgets offsets (`Some`) or the whole group (`None`).
    pub(super) fn forget_offsets(&self, group: &str, partitions: Option<&[TopicPartition]>) -> Result<()> {
        let mut groups = self.groups.lock();
        let Some(entry) = groups.get_mut(group).filter(|group| group.is_known()) else {
            return Err(Error::new(ErrorKind::UnknownGroup, format!("group {group} does not exist")));
        };
        if !entry.members.is_empty() {
            return Err(Error::new(
                ErrorKind::GroupNotEmpty,
                format!("cannot delete offsets of group {group}: it has {} members", entry.members.len()),
            ));
        }
        let all: Vec<_> = entry.offsets.keys().cloned().collect();
        let mut change = self.engine.change();
        for partition in partitions.unwrap_or(&all) {
            change.remove_meta(offset_key(group, partition));
        }
        change.commit()?;
        self.engine.sync_meta()?;
        for partition in partitions.unwrap_or(&all) {
            entry.offsets.remove(partition);
        }
        Ok(())
    }
}

impl Group {
    fn is_known(&self) -> bool {
        !self.members.is_empty() || !self.offsets.is_empty()
    }

    fn remove(&mut self, member: u64) {
        self.members.remove(&member);
        self.owners.retain(|_, owner| *owner != member);
    }
}

impl Wanted {
    fn contains(&self, topic: &str) -> bool {
        match self {
            Self::Topics(topics) => topics.contains(topic),
            Self::Pattern(pattern) => pattern.matches(topic),
        }
    }
}

fn offset_key(group: &str, partition: &TopicPartition) -> Vec<u8> {
    [b"g/", group.as_bytes(), &[0], partition.topic.as_bytes(), &[0], &partition.partition.to_be_bytes()]
        .concat()
}
