use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, anyhow};
use clap::Args;
use jiff::tz::TimeZone;
use serde_json::json;

use super::find;
use crate::file::private;
use crate::output::Out;
use crate::{Global, words};
use regulars_server::qr;

/// Print a link to a customer's own page, valid for ninety days
#[derive(Args)]
#[command(after_help = "\
Anyone with the link can open the page. The link is not stored, and earlier links stay valid.

Examples:
  regulars customer link ada@example.org --public-url https://crm.example.com --qr
  regulars customer link 4711 --svg ada.svg")]
pub struct Link {
    /// Id, external id, email address, telephone number or name
    customer: String,

    /// Print the link as a QR code too
    #[arg(long)]
    qr: bool,

    /// Write the QR code to this SVG file, readable only by its owner
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

impl Link {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        let host = global.open_existing()?;
        let customer = find(&host, &self.customer)?;
        let link = host.page_link(customer.id)?;
        let too_long = || anyhow!("the link is too long for a QR code");
        if let Some(file) = &self.svg {
            let drawn = qr::as_svg(&link.url).ok_or_else(too_long)?;
            private(file, |to| Ok(to.write_all(drawn.as_bytes())?))?;
        }
        if out.json {
            out.document(&json!({ "url": link.url, "expires_at": link.expires_at }))?;
            return Ok(ExitCode::SUCCESS);
        }
        if self.qr {
            out.line(qr::in_unicode(&link.url).ok_or_else(too_long)?)?;
        }
        out.line(&link.url)?;
        let zone = TimeZone::get(host.time_zone())?;
        let until = words::moment(link.expires_at, &zone);
        out.note(format!(
            "Anyone with this link can open the page until {until}."
        ));
        Ok(ExitCode::SUCCESS)
    }
}
