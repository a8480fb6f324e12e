use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum};
use jiff::tz::TimeZone;

use super::output::{Out, safe};
use super::{Global, customer, words};
use regulars::host::Host;
use regulars::model::*;
use regulars::store::{PageRequest, TaskQuery};

/// List tasks that plugins proposed for staff
#[derive(Subcommand)]
pub enum Tasks {
    List(List),
}

/// List tasks, newest first
#[derive(Args)]
#[command(after_help = "Example:\n  regulars task list --role manager")]
pub struct List {
    /// Only tasks for this role or person
    #[arg(long)]
    role: Option<String>,
    /// Only tasks about this customer: id, external id, email address or name
    #[arg(long)]
    customer: Option<String>,
    /// Only tasks in this state
    #[arg(long, value_enum, default_value_t = Which::Open)]
    state: Which,
    /// Maximum number of tasks
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
}

#[derive(Clone, Copy, ValueEnum)]
enum Which {
    Open,
    Closed,
    All,
}

impl Tasks {
    pub fn run(self, global: &Global, out: &mut Out) -> Result<ExitCode> {
        let Tasks::List(list) = self;
        let host = global.open_existing()?;
        let customer = match &list.customer {
            Some(named) => Some(customer::find(&host, named)?.id),
            None => None,
        };
        let query = TaskQuery {
            state: match list.state {
                Which::Open => Some(TaskState::Open),
                Which::Closed => Some(TaskState::Closed),
                Which::All => None,
            },
            role: list.role,
            customer,
        };
        let tasks = host.tasks(&query, PageRequest::first(list.limit))?;
        if tasks.items.is_empty() && !out.json {
            out.note("No tasks.");
        }
        for task in &tasks.items {
            if out.json {
                out.document(task)?;
            } else {
                show(&host, out, task)?;
            }
        }
        if tasks.next.is_some() {
            out.note(format!("More tasks exist: use --limit {}", list.limit * 2));
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Prints a task.
pub fn show(host: &Host, out: &mut Out, task: &Task) -> Result<()> {
    let zone = TimeZone::get(host.time_zone())?;
    let due = task
        .due_at
        .map(|at| format!(", due {}", words::moment(at, &zone)));
    let due = due.unwrap_or_default();
    let urgent = if task.urgent {
        out.paint.red("urgent ")
    } else {
        String::new()
    };
    let role = safe(&task.role, 60);
    out.line(format!(
        "{urgent}{} for {role}{due}",
        out.paint.bold(&safe(&task.title, 120))
    ))?;
    if !task.body.trim().is_empty() {
        out.line(format!("  {}", safe(&task.body, 500)))?;
    }
    let about = words::name_of(&host.customer(task.customer)?);
    let from = task
        .plugin
        .as_ref()
        .map(|plugin| format!(" · from {plugin}"));
    let closed = match (&task.outcome, &task.closed_by) {
        (Some(outcome), by) => {
            let by = by
                .as_ref()
                .map_or(String::new(), |who| format!(" by {}", safe(who, 60)));
            format!(" · closed as {}{by}", safe(outcome, 60))
        }
        (None, _) => String::new(),
    };
    let foot = format!(
        "  about {about}{}{closed} · {}",
        from.unwrap_or_default(),
        task.id
    );
    out.line(out.paint.dim(&foot))
}
