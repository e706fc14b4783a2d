//! Raw HTML inside Markdown: how much of it a page takes.
//!
//! HTML is put right by the rules of browsers before it is sanitised, and those look
//! through everything that is open at every tag: 60,000 `<div>` took 38 seconds, and a
//! thousand `<b title=…>` before a thousand paragraphs are opened anew in each of them, a
//! million times. So HTML counts only where it nests no deeper than people write it and
//! is not too long; otherwise it is shown as the text that it is.

use std::cell::RefCell;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{
    BufferQueue, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};
use pulldown_cmark::{Event, Options, Parser};

/// How deep HTML may nest, what is never closed included.
const DEEPEST: usize = 100;
/// How many elements of formatting, such as `<b>`, may be open at once: each paragraph
/// opens them anew.
const FORMATS: usize = 12;
/// How long the raw HTML of one body may be, in bytes: a tag's attributes are compared
/// with one another.
const LONGEST: usize = 64 << 10;
/// Elements that hold nothing.
const VOID: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track",
    "wbr",
];
/// Elements that the next of their kind closes, so that they nest only inside others.
const IMPLIED: &[&str] = &[
    "p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "option",
];
/// Elements of formatting.
const FORMATTING: &[&str] = &[
    "a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u",
];

/// The Markdown that bodies are written in.
pub fn options() -> Options {
    Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS
}

/// Whether the HTML in `body`, which is Markdown, is shown as text.
pub fn is_shown_as_text(body: &str) -> bool {
    let tags = body.bytes().filter(|byte| *byte == b'<').count();
    if tags == 0 || (tags <= FORMATS && body.len() <= LONGEST) {
        return false;
    }
    let events: Vec<Event<'_>> = Parser::new_ext(body, options()).collect();
    let raw = length(&events);
    let mut markup = String::new();
    pulldown_cmark::html::push_html(&mut markup, events.into_iter());
    raw > 0 && is_too_much(&markup, raw)
}

/// How long the raw HTML among `events` is, in bytes.
pub fn length(events: &[Event<'_>]) -> usize {
    let raw = events.iter().map(|event| match event {
        Event::Html(text) | Event::InlineHtml(text) => text.len(),
        _ => 0,
    });
    raw.sum()
}

/// Whether `markup`, of which so many bytes are `raw`, is more than is put right.
pub fn is_too_much(markup: &str, raw: usize) -> bool {
    if raw > LONGEST {
        return true;
    }
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(markup));
    let tokenizer = Tokenizer::new(Nesting::default(), TokenizerOpts::default());
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    tokenizer.sink.0.borrow().is_too_deep
}

/// The elements that are open, at most: one is taken off only where what closes it comes
/// next, so that no trick of closing others hides how deep it lies.
#[derive(Default)]
struct Nesting(RefCell<Open>);

#[derive(Default)]
struct Open {
    names: Vec<String>,
    formats: usize,
    is_too_deep: bool,
}

impl TokenSink for Nesting {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        if let Token::TagToken(tag) = token {
            let name: &str = &tag.name;
            if !VOID.contains(&name) && !IMPLIED.contains(&name) {
                self.0.borrow_mut().take(name, tag.kind);
            }
        }
        TokenSinkResult::Continue
    }
}

impl Open {
    fn take(&mut self, name: &str, kind: TagKind) {
        let is_format = FORMATTING.contains(&name);
        if kind == TagKind::StartTag {
            self.names.push(name.to_owned());
            self.formats += usize::from(is_format);
        } else if self.names.pop_if(|open| open == name).is_some() {
            self.formats -= usize::from(is_format);
        }
        self.is_too_deep |= self.names.len() > DEEPEST || self.formats > FORMATS;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_as_people_write_it_is_html() {
        let list = "<ul>\n".to_owned() + &"<li>one <b>two</b><br></li>\n".repeat(500) + "</ul>\n";
        let rows = "<table>".to_owned() + &"<tr><td>x".repeat(500) + "</table>";
        let deep = "<div>".repeat(90) + &"</div>".repeat(90);
        for body in [
            list,
            rows,
            deep,
            "a < b and c > d".to_owned(),
            "`<div>` ".repeat(500),
        ] {
            assert!(!is_shown_as_text(&body), "{body:.60}");
        }
    }

    #[test]
    fn what_nests_deeper_than_that_is_text() {
        let cases = [
            "<div>\n".repeat(200),
            "<div><!--</div>-->\n".repeat(200),
            "<div><table></div></table>\n".repeat(200),
            "<div><textarea></div></textarea>\n".repeat(200),
            "> ".repeat(200) + &"<b>x</b>".repeat(10),
            "x ".to_owned() + &"<b title=1>".repeat(20) + &"<p>".repeat(20),
            "<p>x\n".repeat(20_000),
        ];
        for body in cases {
            assert!(is_shown_as_text(&body), "{body:.60}");
        }
    }
}
