//! How lengths of time are spread: how many, half of them, nine of ten, the longest.
//!
//! Never a mean: lengths of incidents are skewed, and a mean of them tells of nothing
//! that happened. A percentile is the nearest rank, so it is a value that is there: the
//! smallest of which at least so many of a hundred are no longer.

use serde::Serialize;

use crate::text::duration::Duration;

/// Below so many values nine of ten is not told: it would be the longest, or nearly.
pub const ENOUGH: usize = 10;

/// How some lengths of time are spread, in seconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Distribution {
    /// How many there are.
    pub n: usize,
    /// At least half of them are no longer; null where there are none.
    pub median: Option<Duration>,
    /// At least nine of ten are no longer; null where there are fewer than ten.
    pub p90: Option<Duration>,
    /// The longest; null where there are none.
    pub most: Option<Duration>,
}

impl Distribution {
    /// How `values` are spread, in whatever order they come.
    pub fn of(mut values: Vec<Duration>) -> Self {
        values.sort_unstable();
        let enough = values.len() >= ENOUGH;
        Self {
            n: values.len(),
            median: nearest_rank(&values, 50),
            p90: nearest_rank(&values, 90).filter(|_| enough),
            most: values.last().copied(),
        }
    }
}

/// The value of rank ⌈`percent` · n / 100⌉, counted from 1, of values in order.
fn nearest_rank(ordered: &[Duration], percent: usize) -> Option<Duration> {
    let rank = (ordered.len() * percent).div_ceil(100);
    ordered.get(rank.checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(seconds: &[i64]) -> Distribution {
        Distribution::of(seconds.iter().copied().map(Duration::seconds).collect())
    }

    #[test]
    fn nothing_has_no_median() {
        assert_eq!(of(&[]), Distribution::default());
    }

    #[test]
    fn percentiles_are_values_that_are_there() {
        let four = of(&[40, 10, 30, 20]);
        assert_eq!((four.n, four.median), (4, Some(Duration::seconds(20))));
        assert_eq!(
            (four.p90, four.most),
            (None, Some(Duration::seconds(40))),
            "four values are too few for nine of ten"
        );
        let eleven = of(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1_000]);
        assert_eq!(eleven.median, Some(Duration::seconds(6)));
        assert_eq!(eleven.p90, Some(Duration::seconds(10)), "rank 9.9, so 10");
        assert_eq!(eleven.most, Some(Duration::seconds(1_000)));
        let ten = of(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        assert_eq!(ten.p90, Some(Duration::seconds(9)));
    }

    proptest! {
        /// The definition read aloud: the smallest value that enough of them do not exceed.
        #[test]
        fn a_percentile_is_what_its_definition_says(seconds in prop::collection::vec(-9_i64..99, 0..60)) {
            let smallest = |percent: usize| {
                let enough = |value: &&i64| {
                    let below = seconds.iter().filter(|other| other <= value).count();
                    below * 100 >= percent * seconds.len()
                };
                seconds.iter().filter(enough).min().copied().map(Duration::seconds)
            };
            let spread = of(&seconds);
            prop_assert_eq!(spread.n, seconds.len());
            prop_assert_eq!(spread.median, smallest(50));
            prop_assert_eq!(spread.p90, smallest(90).filter(|_| seconds.len() >= ENOUGH));
            prop_assert_eq!(spread.most, smallest(100));
        }
    }
}
