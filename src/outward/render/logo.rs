//! The site's logo: a picture that can do nothing but be seen.
//!
//! It is served from the site's own origin and can be opened by itself, where an SVG may run
//! script. One that holds anything but shapes and text is not published.

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::attachment;

/// The elements that only draw, or hold what does.
const DRAWING: [&str; 35] = [
    "circle",
    "clippath",
    "defs",
    "desc",
    "ellipse",
    "feblend",
    "fecolormatrix",
    "fecomposite",
    "fedropshadow",
    "feflood",
    "fegaussianblur",
    "femerge",
    "femergenode",
    "feoffset",
    "filter",
    "g",
    "line",
    "lineargradient",
    "marker",
    "mask",
    "metadata",
    "path",
    "pattern",
    "polygon",
    "polyline",
    "radialgradient",
    "rect",
    "stop",
    "style",
    "svg",
    "symbol",
    "text",
    "title",
    "tspan",
    "use",
];
/// Prefixes under which drawing programs note things down for themselves.
const NOTES: [&str; 5] = ["cc", "dc", "inkscape", "rdf", "sodipodi"];
/// The one namespace that they are drawn in.
const SVG: &str = "http://www.w3.org/2000/svg";

/// Why a file cannot be the logo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadLogo {
    /// No such file is part of the record.
    #[error("is no file of the record: it is missing, ignored, or a link leads to it")]
    Missing,
    /// A pointer of Git LFS.
    #[error("is stored in Git LFS and not here")]
    Pointer,
    /// Neither of the pictures that pages show, or not what its name says.
    #[error("is not a picture: name a PNG, JPEG, GIF, WebP, AVIF or SVG")]
    Kind,
    /// An SVG that holds more than shapes and text.
    #[error("is an SVG that holds more than shapes and text, such as script, styles or links")]
    Active,
}

/// What the logo at `path`, whose bytes are `bytes`, is called on the site.
pub fn logo(path: &str, bytes: Option<&[u8]>) -> Result<String, BadLogo> {
    let bytes = bytes.ok_or(BadLogo::Missing)?;
    let kind = path
        .rsplit_once('.')
        .map(|(_, kind)| kind.to_ascii_lowercase());
    let kind = kind.ok_or(BadLogo::Kind)?;
    if attachment::is_pointer(bytes) {
        return Err(BadLogo::Pointer);
    }
    if kind == "svg" {
        let text = std::str::from_utf8(bytes).map_err(|_| BadLogo::Active)?;
        if !only_draws(text) {
            return Err(BadLogo::Active);
        }
    } else if !attachment::is_shown(&kind, bytes) {
        return Err(BadLogo::Kind);
    }
    Ok(format!("assets/logo.{kind}"))
}

/// Whether an SVG holds nothing but elements that draw, with plain attributes.
fn only_draws(text: &str) -> bool {
    let mut reader = Reader::from_str(text);
    loop {
        match reader.read_event() {
            Ok(Event::Eof) => return true,
            Ok(Event::Start(element) | Event::Empty(element)) if is_drawing(&element) => {}
            Ok(Event::Text(text)) if loads_nothing(&text) => {}
            Ok(Event::End(_) | Event::Comment(_) | Event::Decl(_) | Event::GeneralRef(_)) => {}
            _ => return false,
        }
    }
}

fn is_drawing(element: &BytesStart<'_>) -> bool {
    let name = element.name();
    let name = name.as_ref().to_ascii_lowercase();
    let is_known = match name.split_once(':') {
        Some((prefix, _)) => NOTES.contains(&prefix),
        None => DRAWING.contains(&name.as_str()),
    };
    is_known
        && element.attributes().all(|attribute| {
            let Ok(attribute) = attribute else {
                return false;
            };
            let key = attribute.key.as_ref().to_ascii_lowercase();
            let Ok(value) = attribute.normalized_value(XmlVersion::Implicit1_0) else {
                return false;
            };
            match key.as_str() {
                "xmlns" => value == SVG,
                "href" | "xlink:href" => value.starts_with('#'),
                "xmlns:svg" => true,
                // Under another name these are elements that do run script.
                key if key.starts_with("xmlns:") => !value.contains("xhtml") && value != SVG,
                key => !key.starts_with("on") && loads_nothing(&value),
            }
        })
}

/// Whether a text, as a style or an attribute, names nothing that lies elsewhere.
fn loads_nothing(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let own = text.matches("url(#").count();
    !text.contains("@import")
        && !text.contains("javascript:")
        && text.matches("url(").count() == own
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: [&str; 4] = [
        "<path d=\"M0 0\"/>",
        "<style>.a{fill:#fff}</style><g class=\"a\" style=\"fill:url(#g)\"><text>A &amp; B</text></g>",
        "<defs><path id=\"p\"/></defs><use href=\"#p\"/>",
        "<metadata><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"/></metadata>",
    ];
    const BAD: [&str; 16] = [
        "<script>alert(1)</script>",
        "<SCRIPT>alert(1)</SCRIPT>",
        "<path onclick=\"alert(1)\"/>",
        "<path OnLoad=\"alert(1)\"/>",
        "<a href=\"javascript:alert(1)\"><text>x</text></a>",
        "<use href=\"data:image/svg+xml,x\"/>",
        "<animate attributeName=\"href\" to=\"javascript:alert(1)\"/>",
        "<foreignObject><body xmlns=\"http://www.w3.org/1999/xhtml\"/></foreignObject>",
        "<rdf:script xmlns:rdf=\"http://www.w3.org/2000/svg\">alert(1)</rdf:script>",
        "<rdf:script xmlns:rdf=\"http://www.w3.org/1999/xhtml\">alert(1)</rdf:script>",
        "<svg:script>alert(1)</svg:script>",
        "<style>@import 'https://example.com/x.css'</style>",
        "<path style=\"fill:url(https://example.com/x)\"/>",
        "<image href=\"https://example.com/x.png\"/>",
        "<![CDATA[<script>]]>",
        "<?xml-stylesheet href=\"x\"?>",
    ];

    #[test]
    fn a_logo_can_do_nothing_but_be_seen() {
        let svg = |inside: &str| {
            let text = format!("<?xml version=\"1.0\"?><svg xmlns=\"{SVG}\">{inside}</svg>");
            logo("logo.svg", Some(text.as_bytes()))
        };
        for good in GOOD {
            assert_eq!(svg(good), Ok("assets/logo.svg".to_owned()), "{good}");
        }
        for bad in BAD {
            assert_eq!(svg(bad), Err(BadLogo::Active), "{bad}");
        }
        let entity = "<!DOCTYPE svg [<!ENTITY x \"<script/>\">]><svg>&x;</svg>";
        assert_eq!(
            logo("logo.svg", Some(entity.as_bytes())),
            Err(BadLogo::Active)
        );
        assert_eq!(logo("logo.html", Some(b"<p>")), Err(BadLogo::Kind));
        assert_eq!(logo("logo.png", Some(b"<p>")), Err(BadLogo::Kind));
        assert_eq!(logo("logo.png", None), Err(BadLogo::Missing));
        let png = logo("a/Logo.PNG", Some(b"\x89PNG\r\n\x1a\n"));
        assert_eq!(png, Ok("assets/logo.png".to_owned()));
    }
}
