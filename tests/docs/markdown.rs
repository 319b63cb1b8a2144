//! Pages by their sections.

use std::collections::BTreeSet;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// A heading and what stands below it, down to the next one.
#[derive(Debug, Default)]
pub(crate) struct Section {
    pub(crate) level: usize,
    pub(crate) title: String,
    /// Words in code, such as `--seed`.
    pub(crate) code: BTreeSet<String>,
    pub(crate) links: Vec<String>,
}

/// The sections of a page; the first has what stands before any heading.
pub(crate) fn sections(markdown: &str) -> Vec<Section> {
    let mut sections = vec![Section::default()];
    let mut in_heading = false;
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        let section = sections.last_mut().expect("there is one");
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                sections.push(Section { level: level as usize, ..Section::default() });
                in_heading = true;
            }
            Event::End(TagEnd::Heading(_)) => in_heading = false,
            Event::Start(Tag::Link { dest_url, .. }) => section.links.push(dest_url.into_string()),
            Event::Text(text) if in_heading => section.title.push_str(&text),
            Event::Code(code) => {
                section.code.extend(code.split([' ', ',', '`']).map(str::to_owned));
                if in_heading {
                    section.title.push_str(&code);
                }
            }
            _ => {}
        }
    }
    sections
}

/// The anchor that GitHub gives a heading.
pub(crate) fn anchor(title: &str) -> String {
    let kept = |letter: &char| letter.is_alphanumeric() || [' ', '-', '_'].contains(letter);
    title.to_lowercase().chars().filter(kept).map(|letter| if letter == ' ' { '-' } else { letter }).collect()
}
