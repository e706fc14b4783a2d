//! What annals says about a file, as a value.
//!
//! Checks push diagnostics; how they are drawn, whether they are errors here, and
//! which exit code follows are decided in one place afterwards. A diagnostic carries
//! the line it points at, so that nothing has to be read again to show it.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How much a diagnostic matters.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Worth knowing; nothing is refused.
    Warning,
    /// The record says something that cannot stand.
    Error,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident => $name:literal,)+) => {
        /// Every message that annals can give about a file. Codes are a contract:
        /// `annals.yaml` turns them up, down or off by these names.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Code {
            /// All codes, in the order of this list.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The code as people write it.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// What the code means, in a sentence.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc,)+).trim_ascii_start(),)+ }
            }
        }
    };
}

codes! {
    /// The file is not UTF-8 text.
    NotUtf8 => "not-utf8",
    /// The file holds the markers of an unfinished merge.
    ConflictMarkers => "conflict-markers",
    /// The file cannot be read as YAML.
    YamlSyntax => "yaml-syntax",
    /// The file holds more than one YAML document.
    YamlDocuments => "yaml-documents",
    /// A mapping holds the same key twice.
    DuplicateKey => "duplicate-key",
    /// The file nests too deep, or grows too large once its aliases are followed.
    TooComplex => "too-complex",
    /// A key that the format does not know; keys of one's own begin with `x-`.
    UnknownKey => "unknown-key",
    /// A key that the format requires is absent or empty.
    MissingKey => "missing-key",
    /// Words of a text that YAML takes for something else.
    LostWords => "lost-words",
    /// A file that seems to belong to the record, and is not read.
    NotRead => "not-read",
    /// A value of another type than the format asks for.
    WrongType => "wrong-type",
    /// A word that is not among those allowed here.
    UnknownWord => "unknown-word",
    /// A word that was retired from the vocabulary and may not be used anew.
    RetiredWord => "retired-word",
    /// A time that is not RFC 3339 with an offset.
    BadTime => "bad-time",
    /// A length of time that is not a number with a unit.
    BadDuration => "bad-duration",
    /// An address with a scheme that a page may not link to.
    BadLink => "bad-link",
    /// The file is neither an incident (`declared_at`) nor an entry (`at`), or both.
    NeitherNorBoth => "neither-incident-nor-entry",
    /// An id that is not a lower-case file name.
    BadId => "bad-id",
    /// Two files bear the same id.
    DuplicateId => "duplicate-id",
    /// An entry whose folder names no incident.
    EntryWithoutIncident => "entry-without-incident",
    /// An entry that says nothing.
    EntryWithoutKind => "entry-without-kind",
    /// An entry that says more than one kind of thing.
    EntryWithManyKinds => "entry-with-many-kinds",
    /// An entry names another entry, or an incident, that does not exist.
    UnknownTarget => "unknown-target",
    /// A correction or retraction that cannot count.
    VoidCorrection => "void-correction",
    /// An attached file is not in the incident's folder.
    MissingAttachment => "missing-attachment",
    /// An attachment whose name some system cannot hold.
    UnportableName => "unportable-name",
    /// An attachment is stored in Git LFS, and only its pointer is here.
    LfsPointer => "lfs-pointer",
    /// The logo is no picture of the record, or one that could run script.
    BadLogo => "bad-logo",
    /// Times of one incident that cannot all be true.
    ImpossibleOrder => "impossible-order",
    /// A time later than the moment it was recorded.
    FutureTime => "future-time",
    /// A maintenance without its schedule, or a schedule on something else.
    Schedule => "schedule",
    /// A symbolic link that leaves the repository, or stands where a file is read.
    Symlink => "symlink",
    /// A submodule, or another repository, stands where the record is read.
    NestedRepository => "nested-repository",
    /// A file is too large to be part of the record.
    TooLarge => "too-large",
    /// A file uses carriage returns at the ends of its lines.
    CarriageReturns => "carriage-returns",
    /// A block of text begins with a tab, which some YAML readers refuse.
    LeadingTab => "leading-tab",
    /// A file is staged or lies in the folder, but is in no commit yet.
    NotRecorded => "not-recorded",
    /// The record's format is newer than this annals.
    NewerFormat => "newer-format",
    /// Two settings, automations or channels bear the same name.
    DuplicateName => "duplicate-name",
    /// A trigger that can never fire.
    NeverFires => "never-fires",
    /// A trigger that every event sets off, or one that fires whatever happens.
    FiresAlways => "fires-always",
    /// A trigger that can fire twice for one event.
    FiresTwice => "fires-twice",
    /// A trigger that fires without what it is to wait for first.
    FiresWithoutAfter => "fires-without-after",
    /// A pattern that takes in nothing.
    DeadPattern => "dead-pattern",
    /// A negated pattern that excludes nothing, or not what it seems to.
    ExcludesNothing => "excludes-nothing",
    /// An event that begins a wait, and would count if it did not.
    UncountedStart => "uncounted-start",
    /// A wait that swallows the event that would begin the next one.
    SwallowedStart => "swallowed-start",
    /// A heartbeat that is missed though it keeps beating.
    UncountedHeartbeat => "uncounted-heartbeat",
    /// A count or a wait that is forgotten about a minute after it began.
    SoonForgotten => "soon-forgotten",
    /// A trigger that hears nothing of other incidents once it fired.
    DeafAfterFiring => "deaf-after-firing",
    /// A trigger that fires at once, where its window seems to be a time to wait.
    FiresAtOnce => "fires-at-once",
    /// A wait that may begin when what it waits for is over.
    AfterTheEnd => "after-the-end",
    /// Triggers of which each counts apart, joined by one that does not.
    NotCorrelated => "not-correlated",
    /// Triggers in an order, of which one event sets off several.
    OneEventForSeveral => "one-event-for-several",
    /// An event that no incident has.
    UnknownEvent => "unknown-event",
    /// A label that no incident has.
    UnknownLabel => "unknown-label",
    /// An automation that sets itself off.
    FeedsItself => "feeds-itself",
    /// An automation uses something that this version cannot evaluate.
    UnsupportedTrigger => "unsupported-trigger",
    /// An action that this version cannot carry out.
    UnsupportedAction => "unsupported-action",
    /// A secret that `environment` in `annals.yaml` does not list for this use.
    UnlistedSecret => "unlisted-secret",
    /// A template that cannot be rendered.
    BadTemplate => "bad-template",
    /// A payload written by hand, out of which a text that is printed into it can break.
    UnescapedPayload => "unescaped-payload",
    /// Something that was recorded says something else now.
    RecordedEdited => "recorded-edited",
    /// The bytes of something recorded changed, though it says the same.
    RecordedLayout => "recorded-layout",
    /// Something that was recorded is gone.
    RecordedDeleted => "recorded-deleted",
    /// Something that was recorded stands under another id now.
    RecordedMoved => "recorded-moved",
    /// An item of `entries` that does not stand after those recorded before it.
    NotAppended => "not-appended",
    /// Whole files were moved, unchanged.
    FilesMoved => "files-moved",
    /// A file that could not be read before was changed.
    Mended => "mended",
    /// The base is part of no branch any more.
    HistoryRewritten => "history-rewritten",
    /// A commit that is dated after the present.
    FutureCommit => "future-commit",
    /// A change of the settings, templates or machinery by which it is judged itself.
    GrantsItself => "grants-itself",
    /// A word that is in use was taken out of the vocabulary.
    WordRemoved => "word-removed",
    /// A status that is in use means another phase now.
    PhaseChanged => "phase-changed",
    /// The record names another ledger than before.
    LedgerChanged => "ledger-changed",
    /// Two paths that are one where case, or the spelling of accents, does not count.
    PathCollision => "path-collision",
    /// Something is recorded too long after it happened to set anything off.
    LateEntry => "late-entry",
    /// An update that something recorded before it overrides.
    NotInForce => "not-in-force",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// A place in a file: 1-based line and column, and the line as it stands there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// Path relative to the repository, with `/`.
    pub path: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// How many characters are meant; at least 1.
    pub width: usize,
    /// The whole line, as it stands in the file; empty where it is too long to be shown.
    pub text: String,
    /// The revision that holds the file so; none for the version that is checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
}

impl Place {
    /// A file as a whole.
    pub fn file(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            line: 1,
            column: 1,
            width: 1,
            text: String::new(),
            revision: None,
        }
    }

    /// Whether no line of the file is meant, but all of it.
    pub fn is_whole(&self) -> bool {
        (self.line, self.column) == (1, 1) && self.text.is_empty()
    }

    /// Whether the line is too long to be shown.
    pub fn is_long(&self) -> bool {
        self.column > 1 && self.text.is_empty()
    }

    /// The same in the file as `revision` holds it.
    #[must_use]
    pub fn of_revision(self, revision: &str) -> Self {
        Self {
            revision: Some(revision.to_owned()),
            ..self
        }
    }
}

/// One message: where, what, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// Which of the known messages this is.
    pub code: Code,
    /// How much it matters.
    pub level: Level,
    /// What is wrong: one line, lower case, values in backticks.
    pub message: String,
    /// Where; none when no file is to blame.
    #[serde(flatten)]
    pub place: Option<Place>,
    /// What to do about it.
    pub help: Option<String>,
    /// What can be typed to do so, line by line.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<String>,
    /// Other places that explain this one, each with a word why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<Related>,
}

/// A second place that explains a diagnostic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Related {
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// Why it is shown.
    pub label: String,
}

impl Diagnostic {
    /// An error without a place.
    pub fn error(code: Code, message: impl Into<String>) -> Self {
        Self::new(code, Level::Error, message.into())
    }

    /// A warning without a place.
    pub fn warning(code: Code, message: impl Into<String>) -> Self {
        Self::new(code, Level::Warning, message.into())
    }

    fn new(code: Code, level: Level, message: String) -> Self {
        Self {
            code,
            level,
            message,
            place: None,
            help: None,
            commands: Vec::new(),
            related: Vec::new(),
        }
    }

    /// The same as a warning.
    #[must_use]
    pub fn as_warning(self) -> Self {
        Self {
            level: Level::Warning,
            ..self
        }
    }

    /// The same, pointing at `place`.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// The same, pointing at the file at `path` as a whole.
    #[must_use]
    pub fn in_file(self, path: &str) -> Self {
        self.at(Place::file(path))
    }

    /// The same with advice.
    #[must_use]
    pub fn help(mut self, advice: impl Into<String>) -> Self {
        self.help = Some(advice.into());
        self
    }

    /// The same with advice, where there is any.
    #[must_use]
    pub fn help_if(self, advice: Option<String>) -> Self {
        match advice {
            Some(advice) => self.help(advice),
            None => self,
        }
    }

    /// The same with a line that can be typed to follow the advice.
    #[must_use]
    pub fn command(mut self, line: impl Into<String>) -> Self {
        self.commands.push(line.into());
        self
    }

    /// The same with a second place that explains it.
    #[must_use]
    pub fn because(mut self, place: Place, label: impl Into<String>) -> Self {
        self.related.push(Related {
            place,
            label: label.into(),
        });
        self
    }

    /// What a list of diagnostics is sorted by: file, line, column, code.
    pub fn order(&self) -> (&str, usize, usize, Code) {
        match &self.place {
            Some(place) => (&place.path, place.line, place.column, self.code),
            None => ("", 0, 0, self.code),
        }
    }
}
