//! The site, from records written down by hand: what a page says, and above all what it
//! never says.

use std::collections::BTreeSet;

use annals::archive::Archive;
use annals::archive::settings::{Publish, Settings};
use annals::automation::receipt::{Outcome, Receipt};
use annals::incident::declaration::Declaration;
use annals::incident::entry::{Entry, EntryForm, Recorded};
use annals::incident::id::{EntryId, IncidentId};
use annals::incident::retrospective::{FrontMatter, Retrospective};
use annals::incident::{Audience, Incident};
use annals::outward::render::{self, Format, Request, Site};
use annals::text::duration::Duration;
use annals::text::form::Form;
use annals::text::moment::Moment;
use annals::text::source::Source;
use annals::text::yaml;
use quick_xml::Reader;
use quick_xml::events::Event as Xml;

const NOW: &str = "2026-11-22T10:14:00Z";
const ORDERS: &str = "2026-11-22-late-orders-k3f9";

/// A record on a desk: incidents are put on it, and a site is made of them.
#[derive(Default)]
struct Desk {
    archive: Archive,
    receipts: Vec<Receipt>,
    templates: Vec<(String, String)>,
    base: Option<&'static str>,
    identity: Option<&'static str>,
}

fn moment(text: &str) -> Moment {
    Moment::parse(text).expect("a time")
}

fn read<T: schemars::JsonSchema + serde::de::DeserializeOwned>(text: &str) -> T {
    let source = Source::new("test.yaml", text);
    let node = yaml::parse(&source).expect("YAML");
    let (value, found) = Form::<T>::new().read(&source, &node);
    assert!(found.is_empty(), "{found:?}");
    value.expect("complete")
}

fn recorded(at: Moment, commit: char) -> Option<Recorded> {
    Some(Recorded {
        commit: commit.to_string().repeat(40),
        at,
        by: "Committer <committer@example.com>".to_owned(),
    })
}

impl Desk {
    /// Puts an incident on the desk that was recorded ten seconds after it was declared.
    fn incident(mut self, id: &str, declaration: &str) -> Self {
        let declaration: Declaration = read(declaration);
        self.archive.incidents.push(Incident {
            turn: None,
            id: IncidentId::new(id).expect("an id"),
            path: format!("incidents/2026/11/{id}.yaml"),
            recorded: recorded(declaration.declared_at.plus(Duration::seconds(10)), 'a'),
            declaration,
            entries: Vec::new(),
            retrospective: None,
            redacted: None,
        });
        self.archive
            .incidents
            .sort_by_key(|incident| (incident.declaration.declared_at, incident.id.clone()));
        self
    }

    fn latest(&mut self, id: &str) -> &mut Incident {
        let mut incidents = self.archive.incidents.iter_mut();
        incidents
            .find(|incident| incident.id.as_str() == id)
            .expect("on the desk")
    }

    /// Adds an entry that was recorded so many minutes after it happened.
    fn entry(mut self, incident: &str, id: &str, late: i64, text: &str) -> Self {
        let form: EntryForm = read(text);
        let incident = self.latest(incident);
        let folder = format!("incidents/2026/11/{}", incident.id);
        let mut statement = form.statement().expect("one kind");
        if let Some(attachment) = statement.attachment_mut() {
            attachment.path = Some(format!("{folder}/{}", attachment.file));
        }
        incident.entries.push(Entry {
            id: EntryId::new(id).expect("an id"),
            path: Some(format!("{folder}/{id}.yaml")),
            at: form.at,
            statement,
            by: form.by,
            visibility: form.visibility.unwrap_or_default(),
            pinned: form.pinned,
            after: form.after.clone(),
            as_of: form.at,
            turn: None,
            source: form.source,
            redacted: None,
            recorded: recorded(form.at.plus(Duration::seconds(late * 60)), 'b'),
        });
        incident
            .entries
            .sort_by_key(|entry| (entry.at, entry.id.clone()));
        self
    }

    fn retrospective(mut self, incident: &str, text: &str) -> Self {
        let source = Source::new("retrospective.md", text);
        let (read, found) = Retrospective::read(&source, &Form::<FrontMatter>::new());
        assert!(found.is_empty(), "{found:?}");
        self.latest(incident).retrospective = Some(read);
        self
    }

    fn publish(mut self, publish: Publish) -> Self {
        self.archive.settings = Settings {
            publish,
            ..Settings::default()
        };
        self
    }

    fn template(mut self, name: &str, text: &str) -> Self {
        self.templates.push((name.to_owned(), text.to_owned()));
        self
    }

    fn with<T>(&self, audience: Audience, make: impl FnOnce(&Request<'_>) -> T) -> T {
        let file = |path: &str| {
            let known = [".png", ".yaml"].iter().any(|end| path.ends_with(end));
            // A picture is one by its first bytes as well.
            known.then(|| [b"\x89PNG\r\n\x1a\n", path.as_bytes()].concat())
        };
        make(&Request {
            as_of: None,
            identity: self.identity.unwrap_or("a record"),
            archive: &self.archive,
            receipts: &self.receipts,
            own_templates: &self.templates,
            audience,
            now: moment(NOW),
            base_url: self.base,
            file: &file,
        })
    }

    fn site(&self, audience: Audience) -> Site {
        self.with(audience, |request| render::site(request).expect("a site"))
    }

    fn page(&self, path: &str) -> String {
        text(&self.site(Audience::Public), path)
    }
}

fn text(site: &Site, path: &str) -> String {
    let page = site.pages.get(path).unwrap_or_else(|| panic!("no {path}"));
    String::from_utf8(page.clone()).expect("text")
}

/// The incident of the look: two clocks, a severity raised, a machine that acted.
fn orders() -> Desk {
    let mut desk = Desk::default()
        .incident(
            ORDERS,
            "title: Orders arrive late in the warehouse
severity: high
declared_at: 2026-11-22T07:31:00Z
declared_by: Ana Ruiz <ana@example.com>
started_at: 2026-11-22T07:12:00Z
detected_at: 2026-11-22T07:29:00Z
summary: Orders from the shops reach the warehouse hours late.
resources: [{id: prefect.work-pool.k8s-prod, role: work-pool, name: k8s-prod, impact: major_outage}]
tags: [orders]
roles: {commander: Ana Ruiz}
links: [{title: Dashboard, url: 'https://example.com/d?a=1&b=2'}]",
        )
        .entry(
            ORDERS,
            "e1",
            0,
            "{at: 2026-11-22T07:42:00Z, by: Bo Li, update: {severity: critical}, comment: Second region affected.}",
        )
        .entry(
            ORDERS,
            "e2",
            38,
            "{at: 2026-11-22T08:58:00Z, by: Chidi Okafor, comment: 'Lag falls. See ![lag](lag.png).'}",
        )
        .entry(
            ORDERS,
            "e3",
            0,
            "{at: 2026-11-22T09:10:00Z, by: Chidi Okafor, attach: {file: lag.png, caption: Consumer lag}}",
        );
    desk.receipts.push(Receipt {
        key: "a81f44c0ffee".to_owned(),
        firing: "f1".to_owned(),
        automation: "Pause production".to_owned(),
        action: "pause-work-pool".to_owned(),
        target: "k8s-prod".to_owned(),
        incident: Some(ORDERS.to_owned()),
        fired_at: moment("2026-11-22T07:42:05Z"),
        at: moment("2026-11-22T07:42:06Z"),
        attempt: 1,
        unsent: false,
        outcome: Outcome::Executed,
        answer: Some("204".to_owned()),
        run: None,
        until: None,
    });
    desk
}

/// The same, and over, with a retrospective for everybody.
fn resolved() -> Desk {
    orders()
        .entry(
            ORDERS,
            "e4",
            0,
            "{at: 2026-11-22T09:55:00Z, by: Ana Ruiz, update: {status: resolved}, comment: Lag is zero.}",
        )
        .retrospective(
            ORDERS,
            "---
visibility: public
owner: Ana Ruiz
follow_ups:
  - {title: Check poll records, owner: Bo Li, due: 2026-11-21}
  - {title: Alert on lag, due: 2026-12-01}
  - {title: Tell support, state: done, due: 2026-11-20}
---
# What happened

A deploy.

### In detail

More.
",
        )
}

const HOSTILE: &str = "2026-11-20-hostile-0000";
const WILD: &str = "\"><img src=x onerror=alert(1)><script>alert(2)</script> # forged | cell";

fn hostile() -> Desk {
    let wild = serde_json::to_string(WILD).expect("JSON");
    let body = "<script>alert(3)</script>\n\n# forged\n\n[a](javascript:alert) <a href=\"javascript:alert\" onclick=\"x\">b</a> ![c](https://evil.example/c.png) [d]: https://x\n\n&#8;&#x202e;\n\n```\nnever closed\n";
    let body = serde_json::to_string(body).expect("JSON");
    Desk::default()
        .incident(
            HOSTILE,
            &format!(
                "{{title: {wild}, severity: critical, declared_at: 2026-11-20T07:00:00Z, declared_by: {wild}, summary: {body}, tags: [{wild}], roles: {{{wild}: {wild}}}, resources: [{{id: {wild}, name: {wild}, role: {wild}}}], links: [{{title: {wild}, url: 'https://x/><script>alert(4)</script>'}}]}}"
            ),
        )
        .entry(
            HOSTILE,
            "e1",
            0,
            &format!("{{at: 2026-11-20T07:10:00Z, by: {wild}, update: {{status: resolved, title: {wild}, summary: {body}}}, comment: {body}}}"),
        )
        .entry(
            HOSTILE,
            "e2",
            0,
            &format!("{{at: 2026-11-20T07:20:00Z, by: {wild}, attach: {{file: '../../x', caption: {wild}}}}}"),
        )
        .entry(
            HOSTILE,
            "e3",
            0,
            &format!("{{at: 2026-11-20T07:30:00Z, by: {wild}, retract: {{entry: {wild}, reason: {wild}}}}}"),
        )
        .retrospective(
            HOSTILE,
            "---\nvisibility: public\n---\n<script>alert(5)</script>\n\n```\nnever closed\n",
        )
}

#[test]
fn hostile_words_never_become_markup_of_a_page() {
    let site = hostile().site(Audience::Internal);
    for (path, page) in &site.pages {
        if !path.ends_with(".html") {
            continue;
        }
        let page = String::from_utf8_lossy(page);
        for bad in [
            "<script",
            "<img",
            "href=\"javascript",
            "<a onclick",
            " onclick=\"",
            "evil.example/c.png\" alt",
            "\u{202e}",
        ] {
            assert!(!page.contains(bad), "{bad} in {path}");
        }
    }
    let page = text(&site, &format!("incidents/{HOSTILE}.html"));
    assert!(page.contains("&lt;script&gt;alert(2)&lt;/script&gt;"));
    assert!(page.contains("href=\"https://evil.example/c.png\""));
    assert!(!page.contains("../../x\""));
}

#[test]
fn hostile_words_forge_nothing_in_markdown() {
    let site = hostile().site(Audience::Internal);
    for path in ["incidents", "retrospectives"] {
        let page = text(&site, &format!("{path}/{HOSTILE}.md"));
        let mut depth = 0;
        for event in pulldown_cmark::Parser::new(&page) {
            use pulldown_cmark::{Event, HeadingLevel, Tag, TagEnd};
            match event {
                Event::Start(Tag::BlockQuote(_)) => depth += 1,
                Event::End(TagEnd::BlockQuote(_)) => depth -= 1,
                Event::Html(html) | Event::InlineHtml(html) => panic!("{html} in {path}"),
                Event::Start(Tag::Heading {
                    level: HeadingLevel::H1,
                    ..
                }) if depth == 0 => {
                    assert!(page.starts_with("# "));
                }
                Event::Start(Tag::Link { dest_url, .. }) => {
                    assert!(dest_url.starts_with("http"), "{dest_url} in {path}");
                }
                Event::Text(words) if depth == 0 => assert!(&*words != "forged"),
                _ => {}
            }
        }
        let last = if path == "incidents" {
            "## Links"
        } else {
            "## Timeline"
        };
        assert!(page.contains(&format!("\n{last}\n")), "{path}: {page}");
    }
}

#[test]
fn the_feed_is_xml_whatever_people_wrote() {
    let mut desk = hostile();
    desk.base = Some("https://status.example.com/");
    let feed = desk.page("feed.atom");
    let mut reader = Reader::from_str(&feed);
    let mut entries = 0;
    loop {
        match reader.read_event().expect("well-formed") {
            Xml::Eof => break,
            Xml::Start(start) => {
                assert!(!["script", "img"].contains(&start.name().as_ref()));
                entries += usize::from(start.name().as_ref() == "entry");
            }
            _ => {}
        }
    }
    assert_eq!(
        entries, 3,
        "what takes back an entry is no entry of its own"
    );
    assert!(!feed.contains('\u{8}'));
    for content in feed.split("<content type=\"html\">").skip(1) {
        let content = content.split("</content>").next().expect("an end");
        assert!(!content.contains("&lt;script"), "{content}");
    }
    assert!(
        feed.contains("<content type=\"html\">&lt;p&gt;Severity: Critical&lt;/p&gt;"),
        "{feed}"
    );
    assert!(feed.contains(&format!(
        "href=\"https://status.example.com/incidents/{HOSTILE}.html#declaration\""
    )));
}

#[test]
fn a_feed_tells_the_status_and_when_it_was_recorded() {
    let feed = resolved().page("feed.atom");
    assert!(feed.contains("<title>Resolved: Orders arrive late in the warehouse</title>"));
    assert!(feed.contains("<title>Investigating: Orders arrive late in the warehouse</title>"));
    assert!(feed.contains("<published>2026-11-22T09:36:00.000Z</published>\n<updated>2026-11-22T09:36:00.000Z</updated>"));
    assert!(feed.contains(&format!("href=\"incidents/{ORDERS}.html#e-e2\"")));
}

/// Whatever is internal here bears the marker, in every place that can hold a word.
fn secretive() -> Desk {
    let mark = "zzmarker";
    let hidden = "2026-11-21-zzmarker-0001";
    resolved()
        .incident(
            hidden,
            "{title: zzmarker, severity: critical, declared_at: 2026-11-21T07:00:00Z, declared_by: zzmarker, visibility: internal}",
        )
        .incident(
            "2026-11-22-second-0002",
            "{title: The second, severity: low, declared_at: 2026-11-22T08:00:00Z, declared_by: Bo Li}",
        )
        .entry(
            "2026-11-22-second-0002",
            "d1",
            0,
            &format!("{{at: 2026-11-22T08:10:00Z, by: Bo Li, duplicate_of: {hidden}}}"),
        )
        .entry(
            ORDERS,
            "i1-zzmarker",
            0,
            &format!("{{at: 2026-11-22T09:00:00Z, by: {mark}, visibility: internal, update: {{title: {mark}, tags: [{mark}], severity: low}}, comment: {mark}}}"),
        )
        .entry(
            ORDERS,
            "i2",
            0,
            "{at: 2026-11-22T09:01:00Z, by: zzmarker, visibility: internal, attach: {file: secret.png, caption: zzmarker}}",
        )
        .entry(
            "2026-11-22-second-0002",
            "d2",
            0,
            "{at: 2026-11-22T10:00:00Z, by: Bo Li, comment: Over and out.}",
        )
        .retrospective("2026-11-22-second-0002", "zzmarker")
}

#[test]
fn nothing_internal_reaches_a_byte_of_a_public_build() {
    let desk = secretive();
    let holds = |site: &Site| {
        let named = site
            .pages
            .keys()
            .filter(|path| path.contains("zzmarker") || path.contains("secret"));
        let said = site.pages.iter().filter(|(_, page)| {
            let page = String::from_utf8_lossy(page);
            [
                "zzmarker",
                "secret.png",
                "Pause production",
                "a81f44c",
                "bbbbbbb",
                "committer",
            ]
            .iter()
            .any(|mark| page.contains(mark))
        });
        let mut paths: Vec<String> = named.chain(said.map(|(path, _)| path)).cloned().collect();
        paths.dedup();
        paths
    };
    assert_eq!(holds(&desk.site(Audience::Public)), Vec::<String>::new());
    assert!(holds(&desk.site(Audience::Internal)).len() > 8);
}

#[test]
fn a_public_build_is_the_same_whether_or_not_there_is_something_internal() {
    let open = resolved()
        .incident(
            "2026-11-22-second-0002",
            "{title: The second, severity: low, declared_at: 2026-11-22T08:00:00Z, declared_by: Bo Li}",
        )
        .entry(
            "2026-11-22-second-0002",
            "d1",
            0,
            "{at: 2026-11-22T08:10:00Z, by: Bo Li, update: {status: resolved}}",
        )
        .entry(
            "2026-11-22-second-0002",
            "d2",
            0,
            "{at: 2026-11-22T10:00:00Z, by: Bo Li, comment: Over and out.}",
        );
    let mut public = secretive().site(Audience::Public);
    let mut same = open.site(Audience::Public);
    for site in [&mut public, &mut same] {
        // An entry of another kind remains another kind of entry.
        site.pages
            .retain(|path, _| !path.contains("second") && path != "index.json");
    }
    assert_eq!(public, same);
}

#[test]
fn names_are_kept_back_where_they_are_not_to_be_published() {
    let desk = resolved().publish(Publish {
        names: false,
        ..Publish::default()
    });
    for (path, page) in desk.site(Audience::Public).pages {
        let page = String::from_utf8_lossy(&page).into_owned();
        for name in ["Ana", "Bo Li", "Chidi"] {
            assert!(!page.contains(name), "{name} in {path}");
        }
    }
    assert!(
        desk.page(&format!("incidents/{ORDERS}.html"))
            .contains("<b dir=\"auto\">Commander</b> <span class=\"verb\">declared</span>")
    );
}

#[test]
fn addresses_of_people_are_never_public() {
    for (path, page) in orders().site(Audience::Public).pages {
        assert!(
            !String::from_utf8_lossy(&page).contains("ana@example.com"),
            "{path}"
        );
    }
}

#[test]
fn the_same_record_makes_the_same_bytes() {
    assert_eq!(
        secretive().site(Audience::Internal),
        secretive().site(Audience::Internal)
    );
}

/// The addresses in `href` and `src` of a page.
fn addresses(page: &str) -> Vec<String> {
    let marks = ["href=\"", "src=\""];
    let found = marks.iter().flat_map(|mark| page.split(mark).skip(1));
    found
        .filter_map(|rest| rest.split('"').next())
        .map(|address| address.replace("&amp;", "&").replace("%20", " "))
        .collect()
}

/// `address` as seen from the page `from`: a path in the site, and a fragment.
fn target(from: &str, address: &str) -> (String, Option<String>) {
    let (path, fragment) = match address.split_once('#') {
        Some((path, fragment)) => (path, Some(fragment.to_owned())),
        None => (address, None),
    };
    let mut parts: Vec<&str> = from.split('/').collect();
    if !path.is_empty() {
        parts.pop();
        for part in path.split('/') {
            match part {
                ".." => assert!(parts.pop().is_some(), "{address} leads out of the site"),
                part => parts.push(part),
            }
        }
    }
    (parts.join("/"), fragment)
}

#[test]
fn every_link_within_the_site_leads_somewhere() {
    for desk in [secretive(), hostile(), Desk::default()] {
        let site = desk.site(Audience::Internal);
        let mut followed = BTreeSet::new();
        for path in site.pages.keys().filter(|path| path.ends_with(".html")) {
            for address in addresses(&text(&site, path)) {
                if address.starts_with("http") || address.starts_with("mailto:") {
                    continue;
                }
                let (to, fragment) = target(path, &address);
                assert!(site.pages.contains_key(&to), "{address} in {path}");
                if let Some(fragment) = fragment {
                    let anchor = format!("id=\"{fragment}\"");
                    assert!(text(&site, &to).contains(&anchor), "{address} in {path}");
                }
                followed.insert(to);
            }
        }
        assert!(followed.contains("assets/annals.css"));
    }
}

#[test]
fn pages_load_nothing_from_elsewhere_and_run_nothing() {
    let site = secretive().site(Audience::Internal);
    for (path, page) in site
        .pages
        .iter()
        .filter(|(path, _)| path.ends_with(".html"))
    {
        let page = String::from_utf8_lossy(page);
        assert!(page.contains("default-src 'none'"), "{path}");
        assert!(!page.contains("style=\""), "{path}");
        assert!(!page.contains("src=\"http"), "{path}");
        assert_eq!(page.matches("<h1").count(), 1, "{path}");
    }
}

#[test]
fn both_clocks_are_shown_and_machines_stand_in_the_line() {
    let page = text(
        &orders().site(Audience::Internal),
        &format!("incidents/{ORDERS}.html"),
    );
    assert!(
        page.contains("recorded <time datetime=\"2026-11-22T09:36:00.000Z\">38 min later</time>")
    );
    assert_eq!(page.matches("class=\"late\"").count(), 1);
    assert!(page.contains("<span class=\"elapsed\">+0:19</span>"));
    assert!(page.contains("07:42:05"), "two items share a minute");
    assert!(page.contains("<b>pause-work-pool</b> <code>k8s-prod</code>"));
    assert!(page.contains("■ raised to critical 07:42"));
    assert!(page.contains(&format!(
        "<img src=\"{ORDERS}/lag.png\" alt=\"Consumer lag\""
    )));
}

#[test]
fn only_what_a_visible_entry_attaches_is_published_and_never_the_record_itself() {
    let desk = secretive()
        .entry(
            ORDERS,
            "p1",
            0,
            "{at: 2026-11-22T09:20:00Z, by: Bo Li, attach: {file: e1.yaml}}",
        )
        .entry(
            ORDERS,
            "p2",
            0,
            "{at: 2026-11-22T09:21:00Z, by: Bo Li, attach: {file: ../lag.png}}",
        );
    let folder = format!("incidents/{ORDERS}/");
    let published = |audience| -> Vec<String> {
        let site = desk.site(audience);
        let inside = site.pages.keys().filter(|path| path.starts_with(&folder));
        inside.map(|path| path[folder.len()..].to_owned()).collect()
    };
    assert_eq!(published(Audience::Public), ["lag.png"]);
    assert_eq!(published(Audience::Internal), ["lag.png", "secret.png"]);
}

#[test]
fn an_incident_that_was_written_down_afterwards_says_so_once() {
    let old = "2020-12-14-old-0001";
    let mut desk = Desk::default()
        .incident(
            old,
            "{title: Old, severity: low, declared_at: 2020-12-14T11:48:00Z, declared_by: Them, x-source: {kind: retold, url: 'https://example.org/report'}}",
        )
        .entry(old, "e1", 0, "{at: 2020-12-14T12:00:00Z, by: Them, comment: A word.}");
    let landed = recorded(moment("2026-11-22T08:00:00Z"), 'c');
    desk.latest(old).recorded = landed.clone();
    desk.latest(old).entries[0].recorded = landed;
    let page = desk.page(&format!("incidents/{old}.html"));
    assert!(page.contains("Recorded <time datetime=\"2026-11-22T08:00:00.000Z\">22 Nov 2026</time>, from <a href=\"https://example.org/report\" rel=\"nofollow noopener\">example.org</a>."));
    assert!(!page.contains("later</time>"));
}

#[test]
fn the_first_page_warns_while_something_critical_is_active() {
    let page = orders().page("index.html");
    assert!(page.contains("class=\"banner sev-1\""));
    assert!(page.contains("SEV-1"));
    assert!(page.contains("<h1>One incident is active</h1>"));
    assert!(!resolved().page("index.html").contains("class=\"banner"));
}

#[test]
fn a_good_day_and_an_empty_record_have_their_words() {
    let page = resolved().page("index.html");
    assert!(page.contains("<h1>Nothing is wrong</h1>"));
    assert!(page.contains(
        "<time datetime=\"2026-11-22T07:31:00.000Z\">22 November 2026</time> and lasted 2 h 43 min."
    ));
    assert!(
        Desk::default()
            .page("index.html")
            .contains("No incident has been recorded here yet.")
    );
}

#[test]
fn a_retrospective_holds_peoples_words_and_what_is_overdue() {
    let page = resolved().page(&format!("retrospectives/{ORDERS}.html"));
    assert!(page.contains("<h2>What happened</h2>"));
    assert!(page.contains("<h3>In detail</h3>"));
    assert_eq!(page.matches("task-overdue").count(), 1);
    assert!(page.contains("2 h 43 min"));
    let list = resolved().page("retrospectives/index.html");
    assert!(list.contains("Check poll records"));
    assert!(!list.contains("Tell support"));
    let bare = secretive().page("retrospectives/2026-11-22-second-0002.html");
    assert!(bare.contains("No retrospective is published here."));
}

#[test]
fn a_users_template_takes_the_place_of_ours_and_may_extend_it() {
    let desk = orders().template(
        "base.html",
        "{% extends \"default/base.html\" %}{% block foot %}<b>our own foot</b>{% endblock %}",
    );
    assert!(desk.page("index.html").contains("<b>our own foot</b>"));
    assert!(desk.page("index.html").contains("One incident is active"));
    let styled = orders().template("assets/annals.css", "body{}");
    assert_eq!(styled.page("assets/annals.css"), "body{}");
}

#[test]
fn a_template_that_cannot_be_read_says_where() {
    let desk = orders().template("index.html", "{{ nobody.knows }}");
    let fault = desk.with(Audience::Public, |request| {
        render::site(request).expect_err("unknown")
    });
    assert!(fault.to_string().contains("index.html"), "{fault}");
}

#[test]
fn one_incident_can_be_reported_by_itself() {
    let desk = orders();
    let report = |format| {
        desk.with(Audience::Public, |request| {
            render::report(request, ORDERS, format)
                .expect("a report")
                .expect("known")
        })
    };
    assert!(report(Format::Html).contains("<style>\n/* Paper and ink"));
    assert!(report(Format::Markdown).starts_with("# Orders arrive late in the warehouse\n"));
    assert!(report(Format::Json).ends_with("}\n"));
    let unknown = desk.with(Audience::Public, |request| {
        render::report(request, "nothing", Format::Json)
    });
    assert!(unknown.expect("no fault").is_none());
}

/// The values of an element in a feed, in order.
fn values(feed: &str, name: &str) -> Vec<String> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let found = feed.split(&open).skip(1);
    found
        .filter_map(|rest| rest.split(&close).next())
        .map(str::to_owned)
        .collect()
}

#[test]
fn ids_of_a_feed_are_the_records_own_wherever_the_site_stands() {
    let mut desk = resolved();
    let before = values(&desk.page("feed.atom"), "id");
    assert!(
        before.iter().all(|id| id.starts_with("urn:uuid:")),
        "{before:?}"
    );
    assert_eq!(before.iter().collect::<BTreeSet<_>>().len(), before.len());
    desk.base = Some("https://status.example.com/");
    assert_eq!(
        before,
        values(&desk.page("feed.atom"), "id"),
        "a later address"
    );
    desk.identity = Some("another record");
    let other: BTreeSet<String> = values(&desk.page("feed.atom"), "id").into_iter().collect();
    assert!(before.iter().all(|id| !other.contains(id)));
    let feed = text(&desk.site(Audience::Internal), "feed.atom");
    assert!(
        !other.contains(&values(&feed, "id")[0]),
        "another feed of the same record"
    );
}

#[test]
fn what_was_imported_is_no_news_and_what_people_add_to_it_is() {
    let old = "2021-03-01-old-0001";
    let source = "x-source: {kind: statuspage}";
    let mut desk = Desk::default()
        .incident(old, &format!("{{title: Old, severity: low, declared_at: 2021-03-01T08:00:00Z, declared_by: Them, {source}}}"))
        .entry(old, "e1", 0, &format!("{{at: 2021-03-01T09:00:00Z, by: Them, comment: Over., {source}}}"))
        .entry(old, "e2", 0, &format!("{{at: 2021-03-01T09:10:00Z, by: Them, comment: A secret., {source}}}"))
        .entry(old, "r1", 0, "{at: 2026-11-22T07:00:00Z, by: Ana, redact: {entry: e2, reason: A name}}")
        .entry(old, "c1", 0, "{at: 2026-11-22T07:10:00Z, by: Ana, correct: {entry: e1, reason: Wrong, to: {at: 2021-03-01T09:00:00Z, by: Them, comment: It was over.}}}");
    annals::incident::redaction::hide(desk.latest(old));
    assert_eq!(
        values(&desk.page("feed.atom"), "entry"),
        Vec::<String>::new()
    );
    let desk = desk.entry(
        old,
        "e3",
        0,
        "{at: 2026-11-22T08:00:00Z, by: Ana, comment: The cause was a disk.}",
    );
    let feed = desk.page("feed.atom");
    assert_eq!(values(&feed, "entry").len(), 1, "{feed}");
    assert!(feed.contains("The cause was a disk."));
}

#[test]
fn a_correction_changes_its_entry_in_the_feed_and_posts_nothing() {
    let bare = resolved().page("feed.atom");
    let mut desk = resolved()
        .entry(ORDERS, "f1", 0, "{at: 2026-11-22T10:00:00Z, by: Ana, correct: {entry: e1, reason: Typed wrong, to: {at: 2026-11-22T07:42:00Z, by: Bo Li, update: {severity: critical}, comment: All regions affected.}}}")
        .entry(ORDERS, "f2", 0, "{at: 2026-11-22T10:05:00Z, by: Ana, retract: {entry: f1, reason: It was right}}")
        .entry(ORDERS, "f3", 0, "{at: 2026-11-22T10:10:00Z, by: Ana, redact: {entry: declaration, reason: A name}}");
    annals::incident::redaction::hide(desk.latest(ORDERS));
    let feed = desk.page("feed.atom");
    let sorted = |feed: &str| values(feed, "id").into_iter().collect::<BTreeSet<_>>();
    assert_eq!(sorted(&bare), sorted(&feed), "the same entries");
    let updated = values(&feed, "updated");
    assert!(
        updated.contains(&"2026-11-22T10:05:00.000Z".to_owned()),
        "{updated:?}"
    );
    assert!(
        updated.contains(&"2026-11-22T10:10:00.000Z".to_owned()),
        "{updated:?}"
    );
    for entry in values(&feed, "entry") {
        assert!(
            values(&entry, "published") <= values(&entry, "updated"),
            "{entry}"
        );
    }
}

#[test]
fn ids_that_look_like_pages_leave_every_page_in_its_place() {
    let declared = "severity: high
declared_at: 2026-11-22T07:00:00Z
declared_by: Ana
";
    let ids = [
        "outage",
        "outage.html",
        "outage.md",
        "outage.html.html",
        "index",
        "404",
        "index.json",
        "feed.atom",
        "assets",
        "history",
    ];
    let mut desk = Desk::default();
    for id in ids {
        desk = desk
            .incident(id, &format!("title: The title of {id}\n{declared}"))
            .entry(
                id,
                "e1",
                0,
                "{at: 2026-11-22T07:10:00Z, by: Ana, attach: {file: index.png}}",
            )
            .entry(
                id,
                "e2",
                0,
                "{at: 2026-11-22T07:20:00Z, by: Ana, update: {status: resolved}}",
            );
    }
    let site = desk.site(Audience::Public);
    let paths: BTreeSet<&String> = site.pages.keys().collect();
    for path in &paths {
        for (cut, _) in path.match_indices('/') {
            assert!(
                !paths.contains(&path[..cut].to_owned()),
                "{path} lies below a page"
            );
        }
    }
    for id in ids {
        let titled = |folder: &str| {
            let heading = format!("<h1 dir=\"auto\">The title of {id}</h1>");
            let pages = site
                .pages
                .iter()
                .filter(|(path, _)| path.starts_with(folder) && path.ends_with(".html"));
            pages
                .filter(|(_, page)| String::from_utf8_lossy(page).contains(&heading))
                .count()
        };
        assert_eq!(titled("incidents/"), 1, "{id}");
        let json = format!("\"id\": \"{id}\"");
        let pages = site
            .pages
            .iter()
            .filter(|(path, _)| path.starts_with("incidents/") && path.ends_with(".json"));
        assert_eq!(
            pages
                .filter(|(_, page)| String::from_utf8_lossy(page).contains(&json))
                .count(),
            1,
            "{id}"
        );
    }
    let list = text(&site, "retrospectives/index.html");
    assert!(list.contains("<h1>Retrospectives</h1>"), "{list}");
    assert!(text(&site, "retrospectives/index~.html").contains("The title of index"));
    assert_eq!(
        site.pages
            .keys()
            .filter(|path| path.ends_with("/index.png"))
            .count(),
        ids.len()
    );
}
