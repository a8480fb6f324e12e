//! Charts as SVG in the page: they need no script, and take their colours from the page's style.

use maud::{Markup, html};

use crate::cli::words::count;

/// One bar of several parts, each of a class that the style gives a colour.
pub struct Bar {
    pub label: String,
    pub parts: Vec<(&'static str, u64)>,
}

impl Bar {
    fn sum(&self) -> u64 {
        self.parts.iter().map(|(_, number)| number).sum()
    }
}

/// Of a chart that has the page's whole width.
pub const WIDE: f64 = 900.0;
/// Of one of two beside each other: letters are of one size in both.
pub const HALF: f64 = 420.0;
/// Room for labels at the left of bars that lie.
const LEFT: f64 = 110.0;
/// Room for numbers at their right.
const RIGHT: f64 = 90.0;
const ROW: f64 = 28.0;

/// Bars that lie, a row each, with their sums. `what` says what is seen, for those who do not see it.
pub fn rows(what: &str, bars: &[Bar], width: f64) -> Markup {
    let most = bars.iter().map(Bar::sum).max().unwrap_or(0).max(1);
    let height = ROW * bars.len() as f64;
    let scale = (width - LEFT - RIGHT) / most as f64;
    html! {
        svg viewBox={ "0 0 " (width) " " (height) } role="img" aria-label=(what) {
            @for (row, bar) in bars.iter().enumerate() {
                @let y = ROW * row as f64;
                text.label x=(number(LEFT - 10.0)) y=(number(y + 18.0)) text-anchor="end" { (bar.label) }
                @for (class, from, to) in spans(bar) {
                    rect class=(class) x=(number(LEFT + from * scale)) y=(number(y + 4.0))
                        width=(number(((to - from) * scale).max(1.0))) height=(number(ROW - 8.0)) rx="2" {}
                }
                text x=(number(LEFT + bar.sum() as f64 * scale + 8.0)) y=(number(y + 18.0)) { (count(bar.sum())) }
            }
        }
    }
}

const HEIGHT: f64 = 200.0;
/// Room for numbers at the left of bars that stand.
const SCALE: f64 = 60.0;
/// Room for labels below them.
const FOOT: f64 = 24.0;
/// Labels below, at the most.
const LABELS: usize = 8;

/// Bars that stand side by side, over time.
pub fn columns(what: &str, bars: &[Bar]) -> Markup {
    let most = bars.iter().map(Bar::sum).max().unwrap_or(0).max(1);
    let scale = (HEIGHT - FOOT - 10.0) / most as f64;
    let step = (WIDE - SCALE) / bars.len().max(1) as f64;
    let base = HEIGHT - FOOT;
    let every = bars.len().div_ceil(LABELS).max(1);
    html! {
        svg viewBox={ "0 0 " (WIDE) " " (HEIGHT) } role="img" aria-label=(what) {
            line.axis x1=(SCALE) x2=(WIDE) y1=(number(base)) y2=(number(base)) {}
            line.axis x1=(SCALE) x2=(WIDE) y1="10" y2="10" {}
            text x=(number(SCALE - 8.0)) y="14" text-anchor="end" { (count(most)) }
            text x=(number(SCALE - 8.0)) y=(number(base + 4.0)) text-anchor="end" { "0" }
            @for (place, bar) in bars.iter().enumerate() {
                @let x = SCALE + step * place as f64;
                @for (class, from, to) in spans(bar) {
                    rect class=(class) x=(number(x + step * 0.1)) y=(number(base - to * scale))
                        width=(number(step * 0.8)) height=(number((to - from) * scale)) {}
                }
                @if place % every == 0 {
                    // The last one must not run out of the chart.
                    @let anchor = if x > WIDE - 90.0 { "end" } else { "start" };
                    @let x = if x > WIDE - 90.0 { WIDE } else { x };
                    text x=(number(x)) y=(number(HEIGHT - 6.0)) text-anchor=(anchor) { (bar.label) }
                }
            }
        }
    }
}

/// What the colours stand for.
pub fn key(entries: &[(&'static str, &str)]) -> Markup {
    html! {
        ul.key {
            @for (class, text) in entries {
                li {
                    svg viewBox="0 0 10 10" aria-hidden="true" { rect class=(class) width="10" height="10" rx="2" {} }
                    (text)
                }
            }
        }
    }
}

/// Each part of a bar that is not empty, from where to where.
fn spans(bar: &Bar) -> Vec<(&'static str, f64, f64)> {
    let mut at = 0;
    let mut spans = Vec::new();
    for (class, number) in &bar.parts {
        if *number > 0 {
            spans.push((*class, at as f64, (at + number) as f64));
        }
        at += number;
    }
    spans
}

fn number(value: f64) -> String {
    format!("{value:.1}")
}
