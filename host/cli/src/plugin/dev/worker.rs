use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread::JoinHandle;

use anyhow::{Context, Result};
use regulars_build::Cancel;

use super::Input;
use crate::plugin::build::Project;

/// A thread for builds, so that the loop still prints runs and reacts to Ctrl-C.
pub struct Worker {
    inputs_tx: Sender<Input>,
    cancel: Arc<Cancel>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    pub fn new(inputs_tx: Sender<Input>) -> Worker {
        Worker {
            inputs_tx,
            cancel: Arc::new(Cancel::default()),
            thread: None,
        }
    }

    pub fn busy(&self) -> bool {
        self.thread.is_some()
    }

    /// Starts a build, which ends with [`Input::Built`]. Reads the project again, since its
    /// dependencies or version may have changed.
    pub fn build(&mut self, project: &Project) -> Result<()> {
        let (inputs_tx, cancel) = (self.inputs_tx.clone(), self.cancel.clone());
        let folder = project.package.folder.clone();
        let build = move || {
            let built = Project::of(&folder).and_then(|project| project.build(&cancel));
            // The receiver is gone during a stop.
            drop(inputs_tx.send(Input::Built(Box::new(built))));
        };
        let thread = std::thread::Builder::new().name("build".to_owned());
        self.thread = Some(thread.spawn(build).context("cannot start a thread")?);
        Ok(())
    }

    /// Joins the thread of a build that has ended.
    pub fn done(&mut self) {
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }

    pub fn end(mut self) {
        self.cancel.cancel();
        self.done();
    }
}
