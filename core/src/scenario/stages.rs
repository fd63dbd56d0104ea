//! Which groups come over time, and which wait for others.

use super::data::{Group, Scenario};

impl Scenario {
    /// Whether some tasks come over time.
    #[must_use]
    pub fn has_arrivals(&self) -> bool {
        self.groups.iter().any(|group| group.arrive.is_some())
    }

    /// Whether some tasks wait until those of another group have ended.
    #[must_use]
    pub fn has_stages(&self) -> bool {
        self.groups.iter().any(|group| !group.after.is_empty())
    }

    /// The stage of each group, by its number: 0 for one that waits for nobody, otherwise one more than that of the group it
    /// waits for.
    #[must_use]
    pub fn stages(&self) -> Vec<u8> {
        let mut stages = vec![0; self.groups.len()];
        for group in 0..stages.len() {
            stages[group] = self.waits_for(group).map_or(0, |after| stages[after] + 1);
        }
        stages
    }

    /// The number of the group that a group waits for, if it does.
    #[must_use]
    pub fn waits_for(&self, group: usize) -> Option<usize> {
        let Group { after, .. } = self.groups.get(group)?;
        if after.is_empty() { None } else { self.groups[..group].iter().position(|other| other.name == *after) }
    }
}
