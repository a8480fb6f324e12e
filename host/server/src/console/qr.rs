//! QR codes of links, for printers and terminals.

use qrcode::render::svg;
use qrcode::render::unicode;
use qrcode::{EcLevel, QrCode};

/// Returns the code as SVG, or `None` if the link exceeds 2,331 bytes.
pub fn as_svg(link: &str) -> Option<String> {
    let code = code(link)?;
    let mut drawn = code.render::<svg::Color<'_>>();
    Some(drawn.min_dimensions(240, 240).build())
}

/// Returns the code as text with two modules per character. Light modules are drawn, for dark terminals; the
/// frame makes it readable in light ones.
pub fn in_unicode(link: &str) -> Option<String> {
    let code = code(link)?;
    let mut drawn = code.render::<unicode::Dense1x2>();
    drawn
        .dark_color(unicode::Dense1x2::Light)
        .light_color(unicode::Dense1x2::Dark);
    Some(drawn.build())
}

/// Medium error correction suits both scratched prints and screens.
fn code(link: &str) -> Option<QrCode> {
    QrCode::with_error_correction_level(link, EcLevel::M).ok()
}
