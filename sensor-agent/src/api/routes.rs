//! The route table. What is registered here is in the specification, and nothing else is.

use utoipa_actix_web::scope;
use utoipa_actix_web::service_config::ServiceConfig;

use super::v1::{
    actions, alert_types, alerts, baseline, comments, devices, filters, mutes, sensor, timeline,
};

/// Registers every operation.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    let v1 = scope("/api/v1")
        .service(sensor::health)
        .service(sensor::version)
        .service(sensor::capture)
        .service(sensor::protocols)
        .service(sensor::engines)
        .service(sensor::problem)
        .service(alerts::list)
        .service(alerts::get)
        .service(alerts::update)
        .service(alerts::remediation)
        .service(actions::close)
        .service(actions::reopen)
        .service(actions::activate)
        .service(actions::acknowledge)
        .service(actions::learn_preview)
        .service(actions::learn)
        .service(actions::unlearn)
        .service(actions::mute)
        .service(actions::unmute)
        .service(comments::list)
        .service(comments::add)
        .service(timeline::of_alert)
        .service(timeline::list)
        .service(alert_types::list)
        .service(alert_types::get)
        .service(devices::list)
        .service(devices::get)
        .service(filters::list)
        .service(filters::create)
        .service(filters::replace)
        .service(filters::get)
        .service(filters::update)
        .service(filters::delete)
        .service(mutes::list)
        .service(mutes::get)
        .service(mutes::delete)
        .service(baseline::list)
        .service(baseline::get_mode)
        .service(baseline::set_mode);
    config.service(v1).service(sensor::prometheus);
}
