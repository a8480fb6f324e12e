//! SVG charts for the page: they need no scripts, and take their colours from the page's style.

use maud::{Markup, html};

use crate::words::count;

/// A bar of several parts. The style gives each class a colour.
pub struct Bar {
    pub label: String,
    pub parts: Vec<(&'static str, u64)>,
}

impl Bar {
    fn sum(&self) -> u64 {
        self.parts.iter().map(|(_, number)| number).sum()
    }
}

/// Width of a chart across the page.
pub const WIDE: f64 = 900.0;
/// Width of one of two charts side by side. The letters are of the same size in both.
pub const HALF: f64 = 420.0;
/// Room for labels to the left of horizontal bars.
const LEFT: f64 = 110.0;
/// Room for numbers to the right of horizontal bars.
const RIGHT: f64 = 90.0;
const ROW: f64 = 28.0;

/// Draws horizontal bars with their sums. `what` is the label for screen readers.
pub fn rows(what: &str, bars: &[Bar], width: f64) -> Markup {
    let largest = bars.iter().map(Bar::sum).max().unwrap_or(0).max(1);
    let height = ROW * bars.len() as f64;
    let scale = (width - LEFT - RIGHT) / largest as f64;
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
/// Room for numbers to the left of vertical bars.
const SCALE: f64 = 60.0;
/// Room for labels below vertical bars.
const FOOT: f64 = 24.0;
/// Maximum labels below vertical bars.
const LABELS: usize = 8;

/// Draws vertical bars over time.
pub fn columns(what: &str, bars: &[Bar]) -> Markup {
    let largest = bars.iter().map(Bar::sum).max().unwrap_or(0).max(1);
    let scale = (HEIGHT - FOOT - 10.0) / largest as f64;
    let step = (WIDE - SCALE) / bars.len().max(1) as f64;
    let base = HEIGHT - FOOT;
    let every = bars.len().div_ceil(LABELS).max(1);
    html! {
        svg viewBox={ "0 0 " (WIDE) " " (HEIGHT) } role="img" aria-label=(what) {
            line.axis x1=(SCALE) x2=(WIDE) y1=(number(base)) y2=(number(base)) {}
            line.axis x1=(SCALE) x2=(WIDE) y1="10" y2="10" {}
            text x=(number(SCALE - 8.0)) y="14" text-anchor="end" { (count(largest)) }
            text x=(number(SCALE - 8.0)) y=(number(base + 4.0)) text-anchor="end" { "0" }
            @for (place, bar) in bars.iter().enumerate() {
                @let x = SCALE + step * place as f64;
                @for (class, from, to) in spans(bar) {
                    rect class=(class) x=(number(x + step * 0.1)) y=(number(base - to * scale))
                        width=(number(step * 0.8)) height=(number((to - from) * scale)) {}
                }
                @if place % every == 0 {
                    // The last label must not run out of the chart.
                    @let anchor = if x > WIDE - 90.0 { "end" } else { "start" };
                    @let x = if x > WIDE - 90.0 { WIDE } else { x };
                    text x=(number(x)) y=(number(HEIGHT - 6.0)) text-anchor=(anchor) { (bar.label) }
                }
            }
        }
    }
}

/// Draws the legend.
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

/// Returns the class, start and end of each part of a bar that is not empty.
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
