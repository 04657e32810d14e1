//! The time that a task spends in each of its states (`StateTracker`).

use crate::herder::State;

const STATES: usize = 6;

/// Sums of milliseconds per state.
#[derive(Clone, Debug)]
pub(super) struct StateTimer {
    state: State,
    since: i64,
    spent: [i64; STATES],
}

impl StateTimer {
    /// In `state` from `now` on.
    pub(super) fn new(state: State, now: i64) -> Self {
        Self { state, since: now, spent: [0; STATES] }
    }

    /// From `now` on it is in another state.
    pub(super) fn change(&mut self, state: State, now: i64) {
        self.spent[self.state as usize] += now - self.since;
        (self.state, self.since) = (state, now);
    }

    /// The share of all time that was spent in `state`; 0 where there was none yet.
    pub(super) fn ratio(&self, state: State, now: i64) -> f64 {
        let current = now - self.since;
        let total = current + self.spent.iter().sum::<i64>();
        let spent = self.spent[state as usize] + if self.state == state { current } else { 0 };
        if total == 0 { 0.0 } else { spent as f64 / total as f64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_shares_of_all_time() {
        let mut timer = StateTimer::new(State::Running, 1000);
        assert_eq!(timer.ratio(State::Running, 1000), 0.0);
        assert_eq!(timer.ratio(State::Running, 1500), 1.0);
        timer.change(State::Paused, 2000);
        assert_eq!(timer.ratio(State::Running, 2000), 1.0);
        assert_eq!((timer.ratio(State::Running, 5000), timer.ratio(State::Paused, 5000)), (0.25, 0.75));
        timer.change(State::Running, 5000);
        assert_eq!((timer.ratio(State::Running, 9000), timer.ratio(State::Paused, 9000)), (0.625, 0.375));
        assert_eq!(timer.ratio(State::Failed, 9000), 0.0);
    }
}
