//! `annals.yaml`: the site, the vocabulary, the policy and the channels of a repository.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::incident::declaration::Visibility;
use crate::incident::vocabulary::{Severity, Status, Vocabulary};
use crate::text::diagnostic::Diagnostic;
use crate::text::duration::{Duration, Within};
use crate::text::form::Form;
use crate::text::moment::Day;
use crate::text::source::Source;
use crate::text::yaml;

mod rules;

/// The file's name, at the root of the record.
pub const FILE: &str = "annals.yaml";
/// The newest format that this annals reads.
pub const FORMAT: i64 = 1;

/// What `annals.yaml` says. Every key but `format` may be absent.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "annals.yaml", extend("additionalProperties" = false))]
pub struct Settings {
    /// The version of the record's format: 1.
    pub format: i64,
    /// What the site is called and where it will stand.
    #[serde(default)]
    pub site: Site,
    /// The record branch: what lands there acts.
    #[serde(default = "main_branch")]
    pub branch: String,
    /// The zone of times as people type them, by its IANA name; files hold offsets.
    #[serde(default)]
    pub timezone: Option<String>,
    /// Where new incidents go below `incidents/`, as a `strftime` pattern in UTC.
    #[serde(default = "months")]
    pub folder: String,
    /// Which ledger receipts go to; written by `init`.
    #[serde(default)]
    pub ledger: LedgerSettings,
    /// Severities, worst first.
    #[serde(default)]
    pub severities: Option<Vec<Severity>>,
    /// Statuses, in the order of a usual response.
    #[serde(default)]
    pub statuses: Option<Vec<Status>>,
    /// Where notifications go, by name.
    #[serde(default)]
    pub channels: BTreeMap<String, Channel>,
    /// Which environment variables automations may use, for what, towards whom.
    #[serde(default)]
    pub environment: BTreeMap<String, Variable>,
    /// What is expected of a response.
    #[serde(default)]
    pub policy: Policy,
    /// What a public build may show.
    #[serde(default)]
    pub publish: Publish,
    /// Messages turned up, down or off, by code.
    #[serde(default)]
    pub checks: BTreeMap<String, Verdict>,
    /// Findings that are accepted, where, why and until when.
    #[serde(default)]
    pub waivers: Vec<Waiver>,
    /// Programs that `run-command` may run, each with its arguments.
    #[serde(default)]
    pub commands: Vec<Vec<String>>,
}

/// What the site is called and where it will stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(extend("additionalProperties" = false))]
pub struct Site {
    /// The name at the top of every page.
    pub title: String,
    /// Its address, for feeds; pages themselves link relatively.
    pub url: Option<String>,
    /// A picture beside the name, relative to the root.
    pub logo: Option<String>,
}

impl Default for Site {
    fn default() -> Self {
        Self {
            title: "Incidents".to_owned(),
            url: None,
            logo: None,
        }
    }
}

/// Which ledger receipts go to.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(extend("additionalProperties" = false))]
pub struct LedgerSettings {
    /// Its branch.
    pub branch: String,
    /// The random id in its first commit.
    pub id: Option<String>,
}

impl Default for LedgerSettings {
    fn default() -> Self {
        Self {
            branch: "annals-ledger".to_owned(),
            id: None,
        }
    }
}

/// What kind of place a channel is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ChannelKind {
    /// A Slack incoming webhook.
    Slack,
    /// A Microsoft Teams workflow.
    Teams,
    /// A Discord webhook.
    Discord,
    /// Mail.
    Mail,
    /// The events of `PagerDuty`, version 2.
    Pagerduty,
    /// Any address that takes JSON.
    Webhook,
}

/// Where notifications go.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("additionalProperties" = false))]
pub struct Channel {
    /// What kind of place it is.
    #[serde(rename = "type")]
    pub kind: ChannelKind,
    /// Its address: exactly one `${NAME}`, or a plain address.
    #[serde(default)]
    pub url: Option<String>,
    /// Mail: to whom.
    #[serde(default)]
    pub to: Vec<String>,
    /// Mail: through which server; exactly one `${NAME}`, or a plain address.
    #[serde(default)]
    pub server: Option<String>,
    /// Who reads it; internal unless it says public.
    #[serde(default = "internal")]
    pub audience: Visibility,
}

/// What an environment variable may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Use {
    /// The address of a request.
    Url,
    /// A key or password.
    Key,
}

/// An environment variable that automations may use.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("additionalProperties" = false))]
pub struct Variable {
    /// For what.
    #[serde(rename = "use")]
    pub purpose: Use,
    /// Towards which hosts.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Whether it may lead to loopback, link-local and private addresses.
    #[serde(default)]
    pub allow_private: bool,
}

/// What is expected of a response.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
#[schemars(extend("additionalProperties" = false))]
pub struct Policy {
    /// Facts recorded later than this after they happened do not act.
    pub act_within: Within,
    /// How many actions one run sends to one target at most: to one variable's address, or
    /// to one host.
    pub max_actions: u32,
    /// By severity: how often there should be a word.
    pub update_cadence: BTreeMap<String, Within>,
    /// By severity: how soon there should be a retrospective.
    pub retrospective_within: BTreeMap<String, Within>,
    /// By severity: what an incident should name.
    pub required: BTreeMap<String, Required>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            act_within: Within(Duration::seconds(86_400)),
            max_actions: 50,
            update_cadence: BTreeMap::new(),
            retrospective_within: BTreeMap::new(),
            required: BTreeMap::new(),
        }
    }
}

/// What an incident should name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(extend("additionalProperties" = false))]
pub struct Required {
    /// Keys of the incident.
    pub fields: Vec<String>,
    /// Roles that somebody has.
    pub roles: Vec<String>,
}

/// What a public build may show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(extend("additionalProperties" = false))]
pub struct Publish {
    /// Ids of commits, and who committed.
    pub commits: bool,
    /// What automations did.
    pub automations: bool,
    /// Names of people.
    pub names: bool,
}

impl Default for Publish {
    fn default() -> Self {
        Self {
            commits: false,
            automations: false,
            names: true,
        }
    }
}

/// How a message is taken here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// As an error.
    Error,
    /// As a warning.
    Warning,
    /// Not at all.
    Off,
}

/// A finding that is accepted.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("additionalProperties" = false))]
pub struct Waiver {
    /// Which message.
    #[schemars(length(min = 1))]
    pub code: String,
    /// Where: a path, or the beginning of one.
    #[schemars(length(min = 1))]
    pub path: String,
    /// Why.
    #[schemars(length(min = 1))]
    pub reason: String,
    /// Until which day.
    #[serde(default)]
    pub until: Option<Day>,
}

fn main_branch() -> String {
    "main".to_owned()
}

fn months() -> String {
    "%Y/%m".to_owned()
}

fn internal() -> Visibility {
    Visibility::Internal
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            format: FORMAT,
            site: Site::default(),
            branch: main_branch(),
            timezone: None,
            folder: months(),
            ledger: LedgerSettings::default(),
            severities: None,
            statuses: None,
            channels: BTreeMap::new(),
            environment: BTreeMap::new(),
            policy: Policy::default(),
            publish: Publish::default(),
            checks: BTreeMap::new(),
            waivers: Vec::new(),
            commands: Vec::new(),
        }
    }
}

/// The form of `annals.yaml`.
pub fn schema() -> Form<Settings> {
    Form::new()
}

impl Settings {
    /// Reads `annals.yaml`. What cannot be read is as if it were not said, and the
    /// diagnostics name it.
    pub fn read(source: &Source) -> (Self, Vec<Diagnostic>) {
        let node = match yaml::parse(source) {
            Ok(node) => node,
            Err(fault) => return (Self::default(), vec![*fault]),
        };
        let (settings, mut found) = Form::<Self>::new().read(source, &node);
        let settings = settings.unwrap_or_default();
        found.extend(settings.rules(source, &node));
        (settings, found)
    }

    /// The words of this repository.
    pub fn vocabulary(&self) -> Vocabulary {
        let usual = Vocabulary::default();
        let mut statuses = self
            .statuses
            .clone()
            .unwrap_or_else(|| usual.statuses.clone());
        if !statuses.iter().any(|status| status.maintenance) {
            statuses.extend(
                usual
                    .statuses
                    .into_iter()
                    .filter(|status| status.maintenance),
            );
        }
        Vocabulary {
            severities: self.severities.clone().unwrap_or(usual.severities),
            statuses,
        }
    }
}
