//! Links and lengths of pages.

use std::fs;
use std::path::{Path, PathBuf};

use super::markdown::{anchor, sections};
use super::{read, root};

/// Longest README, in lines: more belongs into `docs`.
const README_LINES: usize = 200;

/// The relative links of the page at `path` that lead nowhere.
fn broken_links(path: &Path) -> Vec<String> {
    let page = sections(&read(path));
    let leads_somewhere = |link: &str| {
        let (file, wanted) = link.split_once('#').map_or((link, None), |(file, wanted)| (file, Some(wanted)));
        let target = if file.is_empty() { path.to_owned() } else { path.parent().expect("a folder").join(file) };
        target.exists()
            && wanted.is_none_or(|wanted| sections(&read(&target)).iter().any(|it| anchor(&it.title) == wanted))
    };
    let links = page.iter().flat_map(|section| &section.links);
    let relative = links.filter(|link| !link.contains("://") && !link.starts_with("mailto:"));
    relative.filter(|link| !leads_somewhere(link)).cloned().collect()
}

/// Every page that a reader of the repository opens.
fn pages() -> Vec<PathBuf> {
    let named = [
        "README.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "midi_songs/README.md",
        "models/README.md",
        "benches/RESULTS.md",
    ];
    let docs = fs::read_dir(root().join("docs")).expect("docs").map(|file| file.expect("an entry").path());
    named.map(|page| root().join(page)).into_iter().chain(docs).collect()
}

#[test]
fn every_relative_link_leads_somewhere() {
    let mut links = 0;
    for page in pages() {
        links += sections(&read(&page)).iter().map(|section| section.links.len()).sum::<usize>();
        let broken = broken_links(&page);
        assert!(broken.is_empty(), "{}: {broken:#?}", page.display());
    }
    assert!(links > 100, "{links} links found");
}

#[test]
fn a_broken_link_is_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let (page, other) = (folder.path().join("page.md"), folder.path().join("other.md"));
    fs::write(&other, "# One `key`, two\n").expect("written");
    fs::write(
        &page,
        "# Here\n[a](other.md) [b](other.md#one-key-two) [c](#here) [d](https://wgpu.rs/none)\n\
         [e](none.md) [f](other.md#one) [g](#there)\n```\n[h](code.md)\n```\n",
    )
    .expect("written");
    assert_eq!(broken_links(&page), ["none.md", "other.md#one", "#there"]);
}

#[test]
fn the_readme_is_short() {
    let lines = read("README.md").lines().count();
    assert!(lines <= README_LINES, "README.md has {lines} lines; move what is over {README_LINES} to docs");
}
