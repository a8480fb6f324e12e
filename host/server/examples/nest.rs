//! The API inside an axum application with routes of its own: `cargo run --example nest -- crm.db`, then
//! <http://127.0.0.1:3000/crm/openapi.json>.

use axum::Router;
use axum::routing::get;
use regulars::Host;
use regulars::host::NewKey;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let database = std::env::args().nth(1).ok_or("name a database file")?;
    let host = Host::builder().sqlite(database).build()?;
    if host.keys()?.is_empty() {
        let (_, secret) = host.create_key(NewKey::admin("nest"))?;
        println!("Key: {secret}");
    }

    let app = Router::new()
        .route("/", get(home))
        .nest("/crm", regulars_server::router(&host));

    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    println!("http://{}/", listener.local_addr()?);
    let stop = async move {
        drop(tokio::signal::ctrl_c().await);
        host.stop();
    };
    axum::serve(listener, app)
        .with_graceful_shutdown(stop)
        .await?;
    Ok(())
}

async fn home() -> &'static str {
    "This application has a page of its own; the customers are under /crm.\n"
}
