//! Firings that follow upon one another at equal distances because nothing happens: one value
//! for however many of them there are.

use super::coverage::Place;
use super::firing::{Firing, Reason, Window};
use crate::automation::event::Labels;
use crate::text::duration::Duration;
use crate::text::moment::Moment;

/// What the engine answers: one firing, or many that silence alone sets off.
#[derive(Clone, Debug, PartialEq)]
pub enum Fired {
    /// One.
    Once(Firing),
    /// Many.
    Often(Series),
}

/// Firings of one trigger on one set of labels, each as long after the one before it.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// The automation's name.
    pub automation: String,
    pub(super) fingerprint: String,
    pub(super) place: Place,
    /// What the first of them says.
    pub(super) first: Reason,
    /// The windows of the first one and of the second: those after it follow as far apart as
    /// the firings.
    pub(super) windows: (Window, Moment),
    pub(super) period: Duration,
    pub(super) count: i64,
}

/// How many firings at the end of a series are told one by one: who acts on the last ones
/// wants those as what they are.
const TOLD: i64 = 2;

impl Series {
    /// How many there are.
    pub fn count(&self) -> i64 {
        self.count
    }

    /// When the firing with that number came about; the first has number 0.
    pub fn time(&self, number: i64) -> Moment {
        self.first.time.plus(self.period.times(number))
    }

    /// How many of them came about before `moment`.
    pub fn before(&self, moment: Moment) -> i64 {
        let each = (self.time(1) - self.time(0)).as_micros().max(1);
        let passed = (moment - self.time(0)).as_micros();
        (passed.div_euclid(each) + i64::from(passed.rem_euclid(each) > 0)).clamp(0, self.count)
    }

    /// By which labels events are counted apart in it.
    pub fn labels(&self) -> &Labels {
        &self.first.labels
    }

    /// The firing with that number.
    pub fn firing(&self, number: i64) -> Firing {
        let (first, second) = self.windows;
        let window = if number == 0 {
            first
        } else {
            let start = second.plus(self.period.times(number - 1));
            let end = start.plus(first.end - first.start);
            Window {
                start,
                end,
                ..first
            }
        };
        let reason = Reason {
            time: self.time(number),
            window: Some(window),
            ..self.first.clone()
        };
        Firing::of(&self.automation, &self.fingerprint, reason)
    }

    /// All of them, one by one.
    pub fn firings(&self) -> impl Iterator<Item = Firing> + '_ {
        (0..self.count).map(|number| self.firing(number))
    }

    /// The series with its last firings apart.
    fn told(self) -> impl Iterator<Item = (Moment, Place, Fired)> {
        let often = self.count - TOLD;
        let head = (often > 1).then(|| Self {
            count: often,
            ..self.clone()
        });
        let head = head.map(|head| (head.time(often - 1), self.place, Fired::Often(head)));
        let single = if often > 1 { often } else { 0 };
        let tail = (single..self.count).map(move |number| {
            let fired = Fired::Once(self.firing(number));
            (self.time(number), self.place, fired)
        });
        head.into_iter().chain(tail)
    }
}

/// What fired, and the trigger that was looked at then, if one was.
type Looked = (Option<Place>, Firing);

/// Everything that fired, in the order in which it came about: by time, and at the same tick
/// first what was looked at, in the order of triggers, then what an event set off. A series
/// stands where its last firing does.
pub(super) fn at_once(firings: Vec<Looked>, series: Vec<Series>) -> Vec<Fired> {
    let series = series.into_iter().flat_map(Series::told);
    let firings = firings.into_iter().map(placed(Fired::Once));
    in_order(firings.chain(series).collect())
}

/// The same, each firing by itself.
pub(super) fn one_by_one(firings: Vec<Looked>, series: &[Series]) -> Vec<Firing> {
    let of_series = series.iter().flat_map(|series| {
        let firings = series.firings();
        firings.map(|firing| (firing.reason.time, series.place, firing))
    });
    let firings = firings.into_iter().map(placed(|firing| firing));
    in_order(firings.chain(of_series).collect())
}

fn placed<T>(of: impl Fn(Firing) -> T) -> impl Fn(Looked) -> (Moment, Place, T) {
    move |(place, firing)| {
        let last = (usize::MAX, usize::MAX);
        (firing.reason.time, place.unwrap_or(last), of(firing))
    }
}

fn in_order<T>(mut fired: Vec<(Moment, Place, T)>) -> Vec<T> {
    fired.sort_by_key(|(time, place, _)| (*time, *place));
    fired.into_iter().map(|(.., fired)| fired).collect()
}
