//! The record as metrics: text of `OpenMetrics` 1.0, of which every line is also the older
//! Prometheus text format, so that a textfile collector reads it too.
//!
//! Counts are of the whole record. What is told of single incidents is told of those
//! that are not over, or were so within the last ninety days: a time series for every
//! incident there ever was would only burden who stores them.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::Value as Json;

use super::{at, text};
use crate::incident::declaration::Kind;
use crate::incident::durations::MEASURES;
use crate::incident::vocabulary::Vocabulary;
use crate::text::duration::Duration;
use crate::text::moment::Moment;

/// How long after its end an incident is told of by itself.
const RECENT: Duration = Duration::minutes(90 * 24 * 60);

/// The metrics of `shapes` as of `now`.
pub fn metrics(shapes: &[Json], vocabulary: &Vocabulary, now: Moment) -> String {
    let recent: Vec<&Json> = shapes
        .iter()
        .filter(|shape| is_recent(shape, now))
        .collect();
    let mut page = Page::default();
    page.counts(shapes, vocabulary);
    page.facts(&recent);
    page.moments(&recent);
    page.durations(&recent);
    page.lateness(&recent);
    page.out.push_str("# EOF\n");
    page.out
}

fn is_recent(shape: &Json, now: Moment) -> bool {
    let over = moment(shape, "/resolved_at");
    text(shape, "/phase") != "resolved" || over.is_none_or(|over| now - over <= RECENT)
}

fn moment(shape: &Json, pointer: &str) -> Option<Moment> {
    Moment::parse(text(shape, pointer)).ok()
}

/// Labels of a sample, by name.
type Labels<'a> = &'a [(&'a str, &'a str)];

#[derive(Default)]
struct Page {
    out: String,
}

impl Page {
    /// Opens a family of metrics. `name` ends in its unit where it has one.
    fn family(&mut self, name: &str, sort: &str, help: &str) {
        let _ = writeln!(self.out, "# TYPE {name} {sort}");
        if name.ends_with("_seconds") {
            let _ = writeln!(self.out, "# UNIT {name} seconds");
        }
        let _ = writeln!(self.out, "# HELP {name} {}", escaped(help));
    }

    fn sample(&mut self, name: &str, labels: Labels<'_>, value: impl std::fmt::Display) {
        let label = |(name, value): &(&str, &str)| format!("{name}=\"{}\"", escaped(value));
        let labels: Vec<String> = labels.iter().map(label).collect();
        let _ = writeln!(self.out, "{name}{{{}}} {value}", labels.join(","));
    }

    /// How many there are of each kind, severity and phase; zeros too, so that an alert
    /// on one of them does not wait for the first.
    fn counts(&mut self, shapes: &[Json], vocabulary: &Vocabulary) {
        let mut counts: BTreeMap<[&str; 3], usize> = BTreeMap::new();
        for severity in &vocabulary.severities {
            for kind in [Kind::Incident, Kind::Maintenance, Kind::Drill] {
                let planned = (kind == Kind::Maintenance).then_some("planned");
                for phase in planned.into_iter().chain(["active", "resolved"]) {
                    counts.insert([kind.name(), &severity.name, phase], 0);
                }
            }
        }
        for shape in shapes {
            let sort = ["/kind", "/severity", "/phase"].map(|place| text(shape, place));
            *counts.entry(sort).or_default() += 1;
        }
        let help = "Incidents, maintenance and drills of the record.";
        self.family("annals_incidents", "gauge", help);
        for ([kind, severity, phase], count) in counts {
            let labels = [("kind", kind), ("severity", severity), ("phase", phase)];
            self.sample("annals_incidents", &labels, count);
        }
    }

    fn facts(&mut self, recent: &[&Json]) {
        let name = "annals_incident_info";
        let help = "Facts of an incident that is not over, or was so within the last 90 days.";
        self.family(name, "gauge", help);
        for shape in recent {
            let keys = ["id", "title", "kind", "severity", "status", "phase"];
            let labels = keys.map(|key| (key, shape.get(key).and_then(Json::as_str)));
            let labels = labels.map(|(key, value)| (key, value.unwrap_or_default()));
            self.sample(name, &labels, 1);
        }
    }

    fn moments(&mut self, recent: &[&Json]) {
        let families = [
            (
                "annals_incident_declared_timestamp_seconds",
                "/declared_at",
                "When it was declared.",
            ),
            (
                "annals_incident_last_update_timestamp_seconds",
                "/updated_at",
                "When the last thing happened that the record tells of it.",
            ),
        ];
        for (name, place, help) in families {
            self.family(name, "gauge", help);
            for shape in recent {
                if let Some(at) = moment(shape, place) {
                    self.sample(name, &[("id", text(shape, "/id"))], at.seconds());
                }
            }
        }
    }

    fn durations(&mut self, recent: &[&Json]) {
        let name = "annals_incident_duration_seconds";
        let of = |measure: &crate::incident::durations::Measure| {
            format!("{}: {}", measure.name, measure.definition)
        };
        let definitions: Vec<String> = MEASURES.iter().map(of).collect();
        let help = format!(
            "How long things took, where that is known. {}.",
            definitions.join("; ")
        );
        self.family(name, "gauge", &help);
        for shape in recent {
            for measure in MEASURES {
                let known = at(shape, &format!("/durations/{}", measure.name)).as_i64();
                let labels = [("id", text(shape, "/id")), ("duration", measure.name)];
                if let Some(seconds) = known {
                    self.sample(name, &labels, seconds);
                }
            }
        }
    }

    fn lateness(&mut self, recent: &[&Json]) {
        let name = "annals_incident_lateness_seconds";
        let help = "From when something happened until the commit that recorded it.";
        self.family(name, "summary", help);
        for shape in recent {
            let id = ("id", text(shape, "/id"));
            let quantiles = [
                ("0.5", "/lateness/median"),
                ("0.9", "/lateness/p90"),
                ("1.0", "/lateness/most"),
            ];
            for (quantile, place) in quantiles {
                if let Some(seconds) = at(shape, place).as_i64() {
                    self.sample(name, &[id, ("quantile", quantile)], seconds);
                }
            }
            let n = at(shape, "/lateness/n").as_u64().unwrap_or_default();
            self.sample(&format!("{name}_count"), &[id], n);
        }
    }
}

/// `text` as a label's value or a help: on one line, quotes and strokes marked.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in crate::text::plain::lines(text).chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            other => out.push(other),
        }
    }
    out
}
