use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use super::output::{Out, safe};
use super::{Global, customer, task, words};
use regulars::model::Because;

/// Show the desk: cards, questions and tasks for a customer who is here
#[derive(Args)]
#[command(after_help = "Example:\n  regulars desk ada@example.org")]
pub struct Show {
    /// Id, external id, email address, telephone number or name
    customer: String,
}

impl Show {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        let host = global.open_existing()?;
        let customer = customer::find(&host, &self.customer)?;
        let desk = host.desk(customer.id)?;
        if out.json {
            out.document(&desk)?;
            return Ok(ExitCode::SUCCESS);
        }
        let name = words::name_of(&desk.customer);
        let level = words::level(desk.customer.level);
        out.line(format!(
            "{} · wants contact: {level}",
            out.paint.bold(&name)
        ))?;
        let because = |because: &Because| format!("  because {}", safe(&because.reason, 300));
        for card in &desk.cards {
            out.line(format!("\n{}", out.paint.bold(&safe(&card.title, 120))))?;
            out.line(format!("  {}", safe(&card.body, 500)))?;
            out.line(out.paint.dim(&because(&card.because)))?;
        }
        for question in &desk.questions {
            let text = safe(&question.text, 300);
            out.line(format!("\n{} {text}", out.paint.bold("Ask:")))?;
            if !question.choices.is_empty() {
                out.line(format!("  {}", safe(&question.choices.join(" · "), 300)))?;
            }
            out.line(out.paint.dim(&because(&question.because)))?;
        }
        for open in &desk.tasks {
            out.line("")?;
            task::show(&host, out, open)?;
        }
        if desk.cards.is_empty() && desk.questions.is_empty() && desk.tasks.is_empty() {
            out.line("Nothing to do but say hello.")?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
