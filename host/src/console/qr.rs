//! A link as a QR code: for the desk's printer, and for a terminal.

use qrcode::render::svg;
#[cfg(feature = "cli")]
use qrcode::render::unicode;
use qrcode::{EcLevel, QrCode};

/// None where the link is longer than any code holds: 2,331 bytes.
pub(crate) fn as_svg(link: &str) -> Option<String> {
    let code = code(link)?;
    let mut drawn = code.render::<svg::Color<'_>>();
    Some(drawn.min_dimensions(240, 240).build())
}

/// Two modules a character, light ones drawn: for dark terminals and, being framed, for light ones.
#[cfg(feature = "cli")]
pub(crate) fn in_unicode(link: &str) -> Option<String> {
    let code = code(link)?;
    let mut drawn = code.render::<unicode::Dense1x2>();
    drawn
        .dark_color(unicode::Dense1x2::Light)
        .light_color(unicode::Dense1x2::Dark);
    Some(drawn.build())
}

/// A printed code gets scratched, a screen does not: medium correction serves both.
fn code(link: &str) -> Option<QrCode> {
    QrCode::with_error_correction_level(link, EcLevel::M).ok()
}
