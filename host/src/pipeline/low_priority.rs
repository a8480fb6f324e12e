//! Slow plugins run at low priority, so that they do not take the processor from other plugins.

/// Makes a call on a thread with the lowest priority, and waits for it.
///
/// On Linux the priority is `nice` 19 (setpriority(2), which there applies to a single thread). A thread cannot raise
/// its priority again, so each call gets a new thread: that costs about 50 µs, and such calls take half a millisecond
/// or more. On other systems, or if no thread can be started, the call is made on the current thread.
pub(super) fn on_low_priority_thread<T: Send>(call: impl Fn() -> T + Sync) -> T {
    if !cfg!(target_os = "linux") {
        return call();
    }
    let made = std::thread::scope(|scope| {
        let lowered = || {
            #[cfg(target_os = "linux")]
            if let Err(error) = rustix::process::setpriority_process(None, 19) {
                tracing::debug!(%error, "a slow plugin runs at the usual priority");
            }
            call()
        };
        let thread = std::thread::Builder::new()
            .name("regulars-slow".to_owned())
            .spawn_scoped(scope, lowered);
        thread.ok().map(|thread| thread.join())
    });
    match made {
        Some(Ok(made)) => made,
        // The worker catches the panic.
        Some(Err(panic)) => std::panic::resume_unwind(panic),
        None => call(),
    }
}
