//! What `annals.yaml` may not say, beyond what its form forbids.

use super::{FORMAT, Settings};
use crate::archive::layout;
use crate::incident::rules::may_link;
use crate::text::diagnostic::{Code, Diagnostic};
use crate::text::moment::Region;
use crate::text::source::{Source, Span};
use crate::text::suggest::suggest;
use crate::text::yaml::Node;

impl Settings {
    /// Everything that is wrong with what was read, each fault at its word.
    pub(super) fn rules(&self, source: &Source, node: &Node) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        if self.format > FORMAT {
            let span = node.get("format").map_or(Span::default(), |node| node.span);
            let message = format!(
                "the record's format is {}, and this annals reads up to {FORMAT}",
                self.format
            );
            found.push(
                source
                    .error(Code::NewerFormat, span, message)
                    .help("install a newer annals"),
            );
        }
        found.extend(self.misplaced(source, node));
        found.extend(self.unknown_zone(source, node));
        found.extend(self.unknown_codes(source, node));
        found.extend(self.repeated_names(source, node));
        found
    }

    /// What names a place that there cannot be.
    fn misplaced(&self, source: &Source, node: &Node) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        if !layout::is_folder_pattern(&self.folder) {
            let span = node.get("folder").map_or(Span::default(), |node| node.span);
            let message = format!(
                "`{}` is not a pattern for folders below `incidents/`",
                self.folder
            );
            let fault = source.error(Code::WrongType, span, message);
            found.push(fault.help("write it as `strftime` does, such as `%Y/%m`"));
        }
        if let Some(url) = self
            .site
            .url
            .as_deref()
            .filter(|url| !url.starts_with("http") || !may_link(url))
        {
            let span = node
                .get("site")
                .and_then(|site| site.get("url"))
                .map_or(Span::default(), |node| node.span);
            let fault = source.error(
                Code::BadLink,
                span,
                format!("`{url}` is not the address of a site"),
            );
            found.push(fault.help("write it as `https://status.example.com/`"));
        }
        found
    }

    fn unknown_zone(&self, source: &Source, node: &Node) -> Option<Diagnostic> {
        let name = self.timezone.as_deref()?;
        if Region::named(name).is_some() {
            return None;
        }
        let span = node
            .get("timezone")
            .map_or(Span::default(), |node| node.span);
        let help = suggest(name, Region::names()).filter(|help| help.starts_with("did"));
        let help = help.unwrap_or_else(|| "write a name such as `Europe/Berlin`".to_owned());
        let message = format!("`{name}` is not a time zone");
        Some(source.error(Code::UnknownWord, span, message).help(help))
    }

    fn unknown_codes(&self, source: &Source, node: &Node) -> Vec<Diagnostic> {
        let codes = || Code::ALL.iter().map(|code| code.name());
        let unknown = self
            .checks
            .keys()
            .filter(|code| !codes().any(|known| known == code.as_str()));
        unknown
            .map(|code| {
                let span = node
                    .get("checks")
                    .and_then(|checks| checks.key(code))
                    .unwrap_or_default();
                let help = suggest(code, codes()).filter(|help| help.starts_with("did"));
                source
                    .error(
                        Code::UnknownWord,
                        span,
                        format!("`{code}` is not the code of a message"),
                    )
                    .help_if(help)
            })
            .collect()
    }

    fn repeated_names(&self, source: &Source, node: &Node) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        for (list, names) in self.names() {
            for (index, name) in names.iter().enumerate() {
                if names.iter().take(index).any(|earlier| earlier == name) {
                    let item = node.get(list).and_then(|list| list.item(index));
                    let span = item.map_or(Span::default(), |item| item.span);
                    found.push(source.error(
                        Code::DuplicateName,
                        span,
                        format!("`{name}` stands twice among the {list}"),
                    ));
                }
            }
        }
        found
    }

    fn names(&self) -> [(&'static str, Vec<&str>); 2] {
        let severities = self
            .severities
            .iter()
            .flatten()
            .map(|severity| severity.name.as_str())
            .collect();
        let statuses = self
            .statuses
            .iter()
            .flatten()
            .map(|status| status.name.as_str())
            .collect();
        [("severities", severities), ("statuses", statuses)]
    }
}
