//! The order in which entries count.
//!
//! Entries count in the order of when they happened (`at`, then id). A clock that ran ahead,
//! or a slip of the hand, must not change that for everybody else: what is dated after its
//! landing would stand last until its date has come, and then overtake what people wrote
//! meanwhile. So
//!
//! * an entry dated more than five minutes after the commit that recorded it counts as of
//!   that commit ([`as_of`]);
//! * an entry with `after` counts behind the one that it names, where that is dated more than
//!   five minutes after the entry's own commit: anything else would be a way to move what was
//!   recorded;
//! * so does an entry whose commit is dated more than five minutes before something that was
//!   recorded already: whoever wrote it saw that, or would have.
//!
//! None of this asks what time it is, so nothing changes when a date comes. A commit's own
//! date is what counts here, not the moment at which it counts as received: that one is
//! never after the present, and so changes while a date in the future draws nearer. What no
//! commit holds yet has no landing: it counts as of its own date, behind what it names.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound::{Excluded, Unbounded};

use serde::{Deserialize, Serialize};

use super::Incident;
use super::declaration::Declaration;
use super::entry::Entry;
use super::id::{DECLARATION, EntryId};
use super::rules::CLOCKS_DIFFER;
use super::standing::Standing;
use crate::text::moment::Moment;

/// The place of a commit in a history, and its date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Turn {
    /// Its number: what landed earlier has a lower one.
    pub number: u32,
    /// The date that its committer's clock gave it.
    pub dated: Moment,
}

/// Whether `at` lies further after `landing` than clocks differ.
pub fn is_ahead(at: Moment, landing: Moment) -> bool {
    at > landing.plus(CLOCKS_DIFFER)
}

/// As of when something dated `at` counts: what is dated after its landing, as of that.
pub fn as_of(at: Moment, landing: Option<Moment>) -> Moment {
    landing
        .filter(|landing| is_ahead(at, *landing))
        .unwrap_or(at)
}

/// What is put in order: an entry, or the declaration.
#[derive(Clone, Copy)]
pub struct Dated<'a> {
    /// Its id.
    pub id: &'a str,
    /// When it says that it happened, as those could see who wrote after it.
    pub at: Moment,
    /// As of when it counts.
    pub as_of: Moment,
    /// When it landed.
    pub turn: Option<Turn>,
    /// What it names to count behind.
    pub after: Option<&'a str>,
}

impl<'a> Dated<'a> {
    /// An entry.
    pub fn entry(entry: &'a Entry) -> Self {
        Self {
            id: entry.id.as_str(),
            at: entry.at,
            as_of: entry.as_of,
            turn: entry.turn,
            after: entry.after.as_deref(),
        }
    }

    /// The same where it was `said` otherwise and corrected since: nobody who wrote meanwhile saw
    /// the date that it has now.
    #[must_use]
    pub fn first_dated(self, said: Moment) -> Self {
        Self {
            at: self.at.min(said),
            ..self
        }
    }

    /// A declaration; what it says comes before an entry of the same moment.
    pub fn declaration(declaration: &Declaration, turn: Option<Turn>) -> Self {
        let at = declaration.declared_at;
        Self {
            id: DECLARATION,
            at,
            as_of: as_of(at, turn.map(|turn| turn.dated)),
            turn,
            after: None,
        }
    }

    /// When it was written, as its commit says; what no commit holds, as it says itself.
    pub fn written(&self) -> Moment {
        self.turn.map_or(self.as_of, |turn| turn.dated)
    }

    /// When it landed, to tell what came first: what no commit holds will land last.
    fn landing(&self) -> u32 {
        self.turn.map_or(u32::MAX, |turn| turn.number)
    }
}

/// Where something stands: what leads the group that it belongs to, and its place behind that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key<'a> {
    leader: (Moment, bool, &'a str),
    /// None for the leader itself.
    behind: Option<Moment>,
    /// How many of the same moment it stands behind.
    steps: u32,
    id: &'a str,
}

impl<'a> Key<'a> {
    /// The place that its own date gives to something.
    fn own(dated: &Dated<'a>) -> Self {
        Self {
            leader: (dated.as_of, dated.id != DECLARATION, dated.id),
            behind: None,
            steps: 0,
            id: dated.id,
        }
    }

    /// The place of something that is not to stand before this.
    fn followed_by(&self, dated: &Dated<'a>) -> Self {
        let own = Self::own(dated);
        if own > *self {
            return own;
        }
        let (behind, steps) = match self.behind {
            Some(behind) if behind >= dated.as_of => (behind, self.steps + 1),
            _ => (dated.as_of, 0),
        };
        Self {
            leader: self.leader,
            behind: Some(behind),
            steps,
            id: dated.id,
        }
    }
}

/// The places of `all` in the order in which they count.
fn order(all: &[Dated<'_>]) -> Vec<usize> {
    let keys = if is_plain(all) {
        all.iter().map(|dated| Some(Key::own(dated))).collect()
    } else {
        Placing::of(all)
    };
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by_key(|place| keys.get(*place).copied().flatten());
    order
}

/// Whether everything counts by its own date alone: nothing names what it follows, and nothing
/// landed behind what is dated after its commit.
fn is_plain(all: &[Dated<'_>]) -> bool {
    if all.iter().any(|dated| dated.after.is_some()) {
        return false;
    }
    let turn = |dated: &Dated<'_>| Some((dated.turn?.number, dated.turn?.dated, dated.at));
    let mut landed: Vec<(u32, Moment, Moment)> = all.iter().filter_map(turn).collect();
    landed.sort_unstable();
    let mut latest = None;
    landed.into_iter().all(|(_, landing, at)| {
        let is_behind = latest.is_some_and(|latest| is_ahead(latest, landing));
        latest = latest.max(Some(at));
        !is_behind
    })
}

/// Places are given in the order of landing.
struct Placing<'a, 'b> {
    all: &'b [Dated<'a>],
    keys: Vec<Option<Key<'a>>>,
    /// What landed by now and something later may have to stand behind, by its date: the
    /// later the date the earlier the place, or it would never be asked for.
    ahead: BTreeMap<Moment, Key<'a>>,
    /// What landed with the commit that is looked at: it says nothing about that.
    with: Vec<(Moment, Key<'a>)>,
    number: u32,
}

impl<'a, 'b> Placing<'a, 'b> {
    fn of(all: &'b [Dated<'a>]) -> Vec<Option<Key<'a>>> {
        let mut placing = Self {
            all,
            keys: vec![None; all.len()],
            ahead: BTreeMap::new(),
            with: Vec::new(),
            number: 0,
        };
        let ids = all.iter().enumerate();
        let ids: BTreeMap<&str, usize> = ids.map(|(place, dated)| (dated.id, place)).collect();
        let mut landed: Vec<(usize, &Dated<'a>)> = all.iter().enumerate().collect();
        landed.sort_by_key(|(_, dated)| (dated.landing(), Key::own(dated)));
        for (place, _) in landed {
            for place in placing.way(place, &ids).into_iter().rev() {
                placing.place(place, &ids);
            }
        }
        placing.keys
    }

    /// What has no place yet of that at `place`, what it names, what that names, and so on: it
    /// may be dated after what names it and have landed with it.
    fn way(&self, place: usize, ids: &BTreeMap<&str, usize>) -> Vec<usize> {
        let (mut way, mut on_way) = (Vec::new(), BTreeSet::new());
        let mut next = Some(place);
        while let Some(place) = next.filter(|place| self.key(*place).is_none()) {
            if !on_way.insert(place) {
                break;
            }
            way.push(place);
            next = self.named(place, ids);
        }
        way
    }

    /// What that at `place` names, if that was there and lay ahead.
    fn named(&self, place: usize, ids: &BTreeMap<&str, usize>) -> Option<usize> {
        let dated = self.all.get(place)?;
        let named = *ids.get(dated.after?)?;
        let other = self.all.get(named)?;
        let lay_ahead = is_ahead(other.at, dated.written());
        (lay_ahead && other.landing() <= dated.landing()).then_some(named)
    }

    fn key(&self, place: usize) -> Option<Key<'a>> {
        self.keys.get(place).copied().flatten()
    }

    fn place(&mut self, place: usize, ids: &BTreeMap<&str, usize>) {
        let Some(dated) = self.all.get(place) else {
            return;
        };
        if dated.landing() != self.number {
            self.number = dated.landing();
            for (at, key) in std::mem::take(&mut self.with) {
                self.note(at, key);
            }
        }
        let named = self.named(place, ids).and_then(|place| self.key(place));
        let passed = dated.turn.and_then(|turn| {
            let late = (Excluded(turn.dated.plus(CLOCKS_DIFFER)), Unbounded);
            self.ahead.range(late).next().map(|(_, key)| *key)
        });
        let key = match named.max(passed) {
            Some(before) => before.followed_by(dated),
            None => Key::own(dated),
        };
        if let Some(slot) = self.keys.get_mut(place) {
            *slot = Some(key);
        }
        self.with.push((dated.at, key));
    }

    /// Notes what landed, unless something dated no earlier stands behind it: whatever has to
    /// stand behind this has to stand behind that.
    fn note(&mut self, at: Moment, key: Key<'a>) {
        if self.ahead.range(at..).any(|(_, other)| *other >= key) {
            return;
        }
        self.ahead
            .retain(|other, placed| *other > at || *placed > key);
        self.ahead.insert(at, key);
    }
}

/// Puts `items` in the order in which they count beside the declaration `declared`; answers
/// how many of them come before that.
pub fn sort<T>(
    declared: Dated<'_>,
    items: &mut Vec<T>,
    dated: impl for<'a> Fn(&'a T) -> Dated<'a>,
) -> usize {
    let mut all = vec![declared];
    all.extend(items.iter().map(dated));
    let order = order(&all);
    let before = order.iter().position(|place| *place == 0);
    let mut unsorted: Vec<Option<T>> = std::mem::take(items).into_iter().map(Some).collect();
    let places = order.into_iter().filter_map(|place| place.checked_sub(1));
    items.extend(places.filter_map(|place| unsorted.get_mut(place)?.take()));
    before.unwrap_or_default()
}

impl Incident {
    /// Puts the entries in the order in which they count.
    pub fn settle(&mut self) {
        let declared = Dated::declaration(&self.declaration, self.turn);
        sort(declared, &mut self.entries, |entry| Dated::entry(entry));
    }

    /// The last of what stands that is dated after `now` by more than clocks differ: what is
    /// written now is to name it.
    pub fn ahead_of(&self, now: Moment) -> Option<EntryId> {
        let standing = Standing::of(self);
        let mut stands = standing.entries.iter().rev();
        let entry = stands.find(|stand| is_ahead(stand.entry.at, now));
        let declared = is_ahead(standing.declaration.declared_at, now);
        let declared = declared.then(EntryId::declaration);
        entry.map(|stand| stand.said.id.clone()).or(declared)
    }
}
