//! The one picture: a line for each row of the table, a mark for each owner, raw tokio at 1.

use std::fmt::Write as _;

use crate::rows::OWNERS;
use crate::table::Line;

const WIDTH: f64 = 860.0;
const LEFT: f64 = 330.0;
const RIGHT: f64 = 50.0;
const TOP: f64 = 74.0;
const STEP: f64 = 26.0;
/// The highest ratio that has a place of its own; what is above stands at the edge, with its figure.
const MOST: f64 = 2.5;

/// The owners in the picture, and how each is marked. Those of foster are filled.
const MARKS: &[(&str, &str)] = &[
    ("tracker", "peer light"),
    ("joinset", "peer"),
    ("foster-attempt", "foster attempt"),
    ("foster-supervisor", "foster supervisor"),
    ("foster-launch", "foster launch"),
    ("foster-scope", "foster scope"),
];

const STYLE: &str = "
text { font: 12px sans-serif; fill: #24292f }
.title { font-size: 14px; font-weight: bold }
.axis { stroke: #d0d7de }
.raw { stroke: #24292f; stroke-dasharray: 4 3 }
.peer { fill: none; stroke: #8250df; stroke-width: 2 }
.light { stroke: #bf8700 }
.scope { fill: #0969da }
.launch { fill: #54aeff }
.supervisor { fill: #1a7f37 }
.attempt { fill: #82c99a }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 }
.axis { stroke: #30363d }
.raw { stroke: #e6edf3 }
}
";

fn x(ratio: f64) -> f64 {
    LEFT + ratio.min(MOST) / MOST * (WIDTH - LEFT - RIGHT)
}

/// Draws the lines that have a ratio, as SVG.
pub(crate) fn svg(title: &str, lines: &[Line]) -> String {
    let shown = |line: &&Line| MARKS.iter().any(|(owner, _)| line.ratio(owner).is_some());
    let lines: Vec<&Line> = lines.iter().filter(shown).collect();
    let mut bottom = TOP;
    let mut marks = String::new();
    for line in &lines {
        bottom += STEP;
        let y = bottom - STEP / 2.0;
        text(&mut marks, 8.0, y + 4.0, "", &line.title);
        rule(&mut marks, "axis", [LEFT, y, WIDTH - RIGHT, y]);
        for (owner, class) in MARKS {
            if let Some(ratio) = line.ratio(owner) {
                mark(&mut marks, class, x(ratio), y);
                if ratio > MOST {
                    text(&mut marks, x(ratio) + 9.0, y + 4.0, "", &format!("{ratio:.1}"));
                }
            }
        }
    }
    let mut svg = String::new();
    write!(
        svg,
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {}" role="img"><style>{STYLE}</style>"#,
        bottom + 30.0,
    )
    .expect("a string takes all");
    svg.push('\n');
    text(&mut svg, 8.0, 20.0, "title", title);
    legend(&mut svg);
    for half in 0..=5u8 {
        let ratio = f64::from(half) / 2.0;
        rule(&mut svg, if half == 2 { "raw" } else { "axis" }, [x(ratio), TOP, x(ratio), bottom]);
        text(&mut svg, x(ratio) - 8.0, bottom + 18.0, "", &format!("{ratio:.1}"));
    }
    svg + &marks + "</svg>\n"
}

fn legend(svg: &mut String) {
    let mut at = 16.0;
    for (owner, class) in MARKS.iter().rev() {
        let title = OWNERS.iter().find(|known| known.name == *owner).map_or(*owner, |o| o.title);
        mark(svg, class, at, 46.0);
        text(svg, at + 10.0, 50.0, "", title);
        at += 110.0;
    }
}

fn mark(svg: &mut String, class: &str, x: f64, y: f64) {
    writeln!(svg, r#"<circle class="{class}" cx="{x:.1}" cy="{y:.1}" r="5"/>"#)
        .expect("a string takes all");
}

fn rule(svg: &mut String, class: &str, [x1, y1, x2, y2]: [f64; 4]) {
    writeln!(svg, r#"<line class="{class}" x1="{x1:.1}" y1="{y1:.1}" x2="{x2:.1}" y2="{y2:.1}"/>"#)
        .expect("a string takes all");
}

/// Titles are Markdown: the backticks go, and nothing else in them needs care.
fn text(svg: &mut String, x: f64, y: f64, class: &str, text: &str) {
    let text = text.replace('`', "").replace('&', "&amp;").replace('<', "&lt;");
    writeln!(svg, r#"<text class="{class}" x="{x:.1}" y="{y:.1}">{text}</text>"#)
        .expect("a string takes all");
}
