use sensor_e2e::kernel::Kernel;
#[test]
fn bench() {
    let k = Kernel::load(4096).unwrap();
    println!("verified {}", k.verified_instructions().unwrap());
    for row in sensor_e2e::kernel_bench::measure().unwrap() { println!("{row:?}"); }
}
