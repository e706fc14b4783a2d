//! What of an import could not be taken as it stands.
//!
//! Every exception names the file, the incident and the update it was met in, and
//! keeps the original value. Its [`What`] says how much was left out because of it,
//! so that what came in can be reckoned against what went out.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::Value as Json;

/// How much an exception left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Loss {
    /// A whole file.
    File,
    /// A whole incident.
    Incident,
    /// A whole update.
    Update,
    /// One value; the rest was taken in.
    Value,
    /// Nothing: it was taken in otherwise than it stood.
    Nothing,
}

macro_rules! whats {
    ($(#[doc = $doc:literal] $variant:ident $loss:ident => $name:literal,)+) => {
        /// What could not be taken as it stands.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum What { $(#[doc = $doc] $variant,)+ }

        impl What {
            /// Every kind of exception there is, in the order of how much it leaves out.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The stable name of it.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// What it means, in a sentence.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $doc.trim_ascii_start(),)+ }
            }

            /// How much it leaves out.
            pub fn loss(self) -> Loss {
                match self { $(Self::$variant => Loss::$loss,)+ }
            }
        }
    };
}

whats! {
    /// The file is damaged, cut short, or not written as its name says.
    UnreadableFile File => "unreadable-file",
    /// The file can be read, but is not of this tool.
    ForeignFile File => "foreign-file",
    /// Something else stands where an incident should.
    NotAnIncident Incident => "not-an-incident",
    /// An incident without an id cannot be told from others.
    IncidentWithoutId Incident => "incident-without-id",
    /// An incident of which no time can be read.
    IncidentWithoutTime Incident => "incident-without-time",
    /// An incident that its source does not publish.
    Unpublished Incident => "unpublished",
    /// An incident whose file would bear the name of another.
    NameTaken Incident => "name-taken",
    /// An incident of an export that holds no files, such as one for the public.
    WithoutFiles Incident => "without-files",
    /// An incident whose own file cannot be taken as it stands.
    IncidentRefused Incident => "incident-refused",
    /// An entry whose file cannot be taken as it stands.
    EntryRefused Update => "entry-refused",
    /// Something else stands where an update should.
    NotAnUpdate Update => "not-an-update",
    /// An update of which no time can be read.
    UpdateWithoutTime Update => "update-without-time",
    /// An update that says nothing and changes nothing.
    EmptyUpdate Update => "empty-update",
    /// An update of an incident that was left out.
    LeftWithIncident Update => "left-with-incident",
    /// A file of an incident that cannot be taken as it stands.
    FileRefused Value => "file-refused",
    /// A time that cannot be read.
    UnreadableTime Value => "unreadable-time",
    /// A time that had not come yet when it was imported.
    FutureTime Value => "future-time",
    /// A time that contradicts the others.
    ImpossibleTime Value => "impossible-time",
    /// Two clocks of the source differ; the one beside the words counts.
    ClocksDiffer Value => "clocks-differ",
    /// A value of another type than the format has there.
    WrongType Value => "wrong-type",
    /// An impact that has no counterpart among the severities.
    UnknownImpact Value => "unknown-impact",
    /// A status that has no counterpart among the statuses.
    UnknownStatus Value => "unknown-status",
    /// A component without id and name, or with a status that is unknown.
    UnknownComponent Value => "unknown-component",
    /// More components than are taken in.
    TooManyComponents Value => "too-many-components",
    /// A maintenance without a schedule is taken in as an incident.
    WithoutSchedule Value => "without-schedule",
    /// An address that a page may not link to.
    UnusableLink Value => "unusable-link",
    /// A retrospective that reads otherwise than the one in the archive, which stays.
    EditedRetrospective Value => "edited-retrospective",
    /// An update that reads otherwise than in the record; the words in the record stay.
    EditedUpdate Value => "edited-update",
    /// A fact that reads otherwise in another file, which is not newer.
    Contradiction Value => "contradiction",
    /// The source names an end, but another one than its updates do.
    OtherResolution Value => "other-resolution",
    /// The source names when monitoring began, but no update says so.
    MonitoringWithoutUpdate Value => "monitoring-without-update",
    /// An attachment whose name some system cannot hold; it gets the nearest that all can.
    Renamed Nothing => "renamed",
    /// A file that breaks a rule of this archive, taken in all the same.
    BreaksRule Nothing => "breaks-rule",
    /// A fact so young that rules act on it here, as they may have where it comes from.
    MayAct Nothing => "may-act",
    /// A time without an offset, read in the zone of the import.
    NaiveTime Nothing => "naive-time",
    /// A time that clocks there showed twice; the first is taken.
    AmbiguousTime Nothing => "ambiguous-time",
    /// A time that clocks there left out; it is read as if they had not been put forward.
    SkippedTime Nothing => "skipped-time",
    /// A maintenance without a schedule; it is planned for when its work began.
    ScheduleFromStart Nothing => "schedule-from-start",
    /// Work that is announced for a time to come; it is taken in as a maintenance.
    Announced Nothing => "announced",
    /// A time made of the day in the file's name or heading, and a clock in its text.
    GuessedTime Nothing => "guessed-time",
    /// The day of the file's name is not the one of its heading, which counts.
    DaysDiffer Nothing => "days-differ",
    /// A clock without a day; it is the one that follows from the times around it.
    ClockOnly Nothing => "clock-only",
    /// A day without a time, read as its beginning.
    DayOnly Nothing => "day-only",
    /// The only time is a day in the source's address, read as its beginning.
    DayInAddress Nothing => "day-in-address",
    /// No time at all; it stands at the one that was given for the import.
    GivenTime Nothing => "given-time",
    /// An update far older than its incident, which counts as declared then.
    FarOlderUpdate Nothing => "far-older-update",
    /// An incident without a time of its own, declared at its first update.
    DeclaredAtUpdate Nothing => "declared-at-update",
    /// A weekday that is not that of its date; the date counts.
    WrongWeekday Nothing => "wrong-weekday",
    /// It was over before it was declared; its end is kept as when it was mitigated.
    OverBeforeDeclared Nothing => "over-before-declared",
    /// The source says it is over, but not when; an entry says so at its last word.
    EndWithoutTime Nothing => "end-without-time",
    /// A word that the format does not have, read as the one it is nearest to.
    MisspeltWord Nothing => "misspelt-word",
    /// An update of the same millisecond as another; set after it.
    EqualTime Nothing => "equal-time",
    /// The source says it is over, but no update does; an entry says so now.
    ResolutionWithoutUpdate Nothing => "resolution-without-update",
    /// The source names a status that no update sets; an entry sets it now.
    StatusWithoutUpdate Nothing => "status-without-update",
    /// An incident without a name; it is called by what else is known of it.
    WithoutTitle Nothing => "without-title",
    /// A body of so many HTML tags that it is kept as it stands.
    TooManyTags Nothing => "too-many-tags",
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for What {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// Something that could not be taken as it stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Exception {
    /// The file it was met in.
    pub file: String,
    /// The source's id of the incident, where there is one.
    pub incident: Option<String>,
    /// The source's id of the update, where it is about one.
    pub update: Option<String>,
    /// What it is.
    pub what: What,
    /// Where exactly: a key of the source, or what a parser says.
    pub detail: String,
    /// The value as it stood.
    pub original: Json,
}
