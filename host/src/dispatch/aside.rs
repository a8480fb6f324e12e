//! Where slow plugins run, so that a processor which they fill is still there for everybody else.

/// Makes a call on a thread of its own that gives way to all others.
///
/// On Linux its priority is the lowest (`nice` 19, setpriority(2), which there counts for a single thread).
/// No thread may raise its priority again, hence one for each call: that costs some 50 µs, beside calls that
/// take half a millisecond and more. Elsewhere, or where no thread is to be had, the call is made as it is.
pub(super) fn aside<T: Send>(call: impl Fn() -> T + Sync) -> T {
    if !cfg!(target_os = "linux") {
        return call();
    }
    let made = std::thread::scope(|scope| {
        let give_way = || {
            #[cfg(target_os = "linux")]
            if let Err(error) = rustix::process::setpriority_process(None, 19) {
                tracing::debug!(%error, "a slow plugin runs at the usual priority");
            }
            call()
        };
        let thread = std::thread::Builder::new()
            .name("regulars-slow".to_owned())
            .spawn_scoped(scope, give_way);
        thread.ok().map(|thread| thread.join())
    });
    match made {
        Some(Ok(made)) => made,
        // The worker that asked for it knows what to do with a panic.
        Some(Err(panic)) => std::panic::resume_unwind(panic),
        None => call(),
    }
}
