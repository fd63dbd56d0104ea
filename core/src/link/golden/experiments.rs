//! The links of the experiments, natively and in CPython, with their scenarios. Append only, as the others are: an experiment that
//! is changed has a new link, and the old one still opens what it did.

/// A link, and the scenario in it.
pub(super) const GOLDEN: &[(&str, &str)] = &[
    (
        r#"2.(title:Web+requests,groups:!((name:pages,tasks:60,steps:!((fetch:())))),lanes:!(native/sequential,native/async,native/threads,native/processes),workers:8,concurrency:60,warmup:0)~d8wxck"#,
        r##"{"lanes_scenario":2,"title":"Web requests","groups":[{"name":"pages","tasks":60,"steps":[{"fetch":{"from":"simulated","latency_ms":50.0,"spread":"even","bytes":2048,"blocking":false,"timeout_ms":30000}}]}],"lanes":["native/sequential","native/async","native/threads","native/processes"],"workers":8,"concurrency":60,"chunk":"auto","gil_switch_ms":5.0,"repeats":3,"warmup":0,"seed":1}"##,
    ),
    (
        r#"2.(title:Web+requests,groups:!((name:pages,tasks:60,steps:!((fetch:())))),lanes:!(python/sequential,python/async,python/threads,python/processes),workers:8,concurrency:60,warmup:0)~ds47tf"#,
        r##"{"lanes_scenario":2,"title":"Web requests","groups":[{"name":"pages","tasks":60,"steps":[{"fetch":{"from":"simulated","latency_ms":50.0,"spread":"even","bytes":2048,"blocking":false,"timeout_ms":30000}}]}],"lanes":["python/sequential","python/async","python/threads","python/processes"],"workers":8,"concurrency":60,"chunk":"auto","gil_switch_ms":5.0,"repeats":3,"warmup":0,"seed":1}"##,
    ),
    (
        r#"2.(title:Downloads,groups:!((name:files,tasks:16,steps:!((fetch:(latency_ms:120,spread:heavy,bytes:262144)),(compute:(kernel:wordcount,input:body))))),lanes:!(native/sequential,native/async,native/threads,native/processes),workers:16,concurrency:16,seed:3)~8pt7h8"#,
        r##"{"lanes_scenario":2,"title":"Downloads","groups":[{"name":"files","tasks":16,"steps":[{"fetch":{"from":"simulated","latency_ms":120.0,"spread":"heavy","bytes":262144,"blocking":false,"timeout_ms":30000}},{"compute":{"kernel":"wordcount","size":4194304,"spread":"even","input":"body"}}]}],"lanes":["native/sequential","native/async","native/threads","native/processes"],"workers":16,"concurrency":16,"chunk":"auto","gil_switch_ms":5.0,"repeats":3,"warmup":1,"seed":3}"##,
    ),
    (
        r#"2.(title:Downloads,groups:!((name:files,tasks:16,steps:!((fetch:(latency_ms:120,spread:heavy,bytes:262144)),(compute:(kernel:wordcount,input:body))))),lanes:!(python/sequential,python/async,python/threads,python/processes),workers:16,concurrency:16,seed:3)~sh23zw"#,
        r##"{"lanes_scenario":2,"title":"Downloads","groups":[{"name":"files","tasks":16,"steps":[{"fetch":{"from":"simulated","latency_ms":120.0,"spread":"heavy","bytes":262144,"blocking":false,"timeout_ms":30000}},{"compute":{"kernel":"wordcount","size":4194304,"spread":"even","input":"body"}}]}],"lanes":["python/sequential","python/async","python/threads","python/processes"],"workers":16,"concurrency":16,"chunk":"auto","gil_switch_ms":5.0,"repeats":3,"warmup":1,"seed":3}"##,
    ),
    (
        r#"2.(title:Crunch,groups:!((name:chunks,tasks:48,steps:!((compute:(kernel:primes,size:100000))))),lanes:!(native/sequential,native/async,native/threads,native/gil,native/processes),workers:2,concurrency:48)~h94rcp"#,
        r##"{"lanes_scenario":2,"title":"Crunch","groups":[{"name":"chunks","tasks":48,"steps":[{"compute":{"kernel":"primes","size":100000,"spread":"even","input":"size"}}]}],"lanes":["native/sequential","native/async","native/threads","native/gil","native/processes"],"workers":2,"concurrency":48,"chunk":"auto","gil_switch_ms":5.0,"repeats":3,"warmup":1,"seed":1}"##,
    ),
    (
        r#"2.(title:Crunch,groups:!((name:chunks,tasks:48,steps:!((compute:(kernel:primes,size:100000))))),lanes:!(python/sequential,python/async,python/threads,python/processes),workers:2,concurrency:48)~7861xe"#,
        r##"{"lanes_scenario":2,"title":"Crunch","groups":[{"name":"chunks","tasks":48,"steps":[{"compute":{"kernel":"primes","size":100000,"spread":"even","input":"size"}}]}],"lanes":["python/sequential","python/async","python/threads","python/processes"],"workers":2,"concurrency":48,"chunk":"auto","gil_switch_ms":5.0,"repeats":3,"warmup":1,"seed":1}"##,
    ),
    (
        r#"2z.dY5LDsMgDETP0h0IpH6kbtj1KBZyElRiKDaNcvuSJpukqpfj9-xREiSie0wQxAQyYGJK2fYl1czupBTBiC5Dj2wF-MnudrEsuC47FD84pZexEQiXlEDCG8-Mr4okAaJdj8Dhh0_kaylIfnbXr-02FXgmrzeta4kBaZaEEXfW_b_VgwxYdnQr_ovrI1IwIwi3RhOUsWZ30R8~4tm4c6"#,
        r##"{"lanes_scenario":2,"title":"Await in a loop","groups":[{"name":"pages","tasks":20,"steps":[{"fetch":{"from":"simulated","latency_ms":50.0,"spread":"even","bytes":2048,"blocking":false,"timeout_ms":30000}}]}],"lanes":["native/sequential",{"lane":"native/async","name":"await in a loop","concurrency":1},{"lane":"native/async","name":"five at a time","concurrency":5},{"lane":"native/async","name":"gather","concurrency":20}],"workers":4,"concurrency":20,"chunk":"auto","gil_switch_ms":5.0,"repeats":1,"warmup":0,"seed":1}"##,
    ),
    (
        r#"2z.dY5LDoMwDETP0h1RIvUjdeNdj2JFBqIGJ42dIm5fKGygqpf2e55pNGgkeIwY1Aa2aGNK2XUl1SxwahrGgSBjR-IU5SlwuzhRWo8tqe-hMcu4iEzLNk_aJz4LvSqxBoxufYKHDJ_Y11KI_QTXrw2bijKxN5vWhjdZ1NnSMNDOuv-3OtSeyo6ei__i5ogUyoQqc6MRy1AzXMwH~7ynjy3"#,
        r##"{"lanes_scenario":2,"title":"Await in a loop","groups":[{"name":"pages","tasks":20,"steps":[{"fetch":{"from":"simulated","latency_ms":50.0,"spread":"even","bytes":2048,"blocking":false,"timeout_ms":30000}}]}],"lanes":["python/sequential",{"lane":"python/async","name":"await in a loop","concurrency":1},{"lane":"python/async","name":"five at a time","concurrency":5},{"lane":"python/async","name":"gather","concurrency":20}],"workers":4,"concurrency":20,"chunk":"auto","gil_switch_ms":5.0,"repeats":1,"warmup":0,"seed":1}"##,
    ),
    (
        r#"2.(title:Blocking+calls+on+the+loop,groups:!((name:pages,tasks:10,steps:!((fetch:(blocking:true)),(fetch:(latency_ms:1,bytes:64))))),lanes:!(native/sequential,native/async,native/threads,native/hybrid),workers:10,concurrency:10,repeats:1,warmup:0)~hby995"#,
        r##"{"lanes_scenario":2,"title":"Blocking calls on the loop","groups":[{"name":"pages","tasks":10,"steps":[{"fetch":{"from":"simulated","latency_ms":50.0,"spread":"even","bytes":2048,"blocking":true,"timeout_ms":30000}},{"fetch":{"from":"simulated","latency_ms":1.0,"spread":"even","bytes":64,"blocking":false,"timeout_ms":30000}}]}],"lanes":["native/sequential","native/async","native/threads","native/hybrid"],"workers":10,"concurrency":10,"chunk":"auto","gil_switch_ms":5.0,"repeats":1,"warmup":0,"seed":1}"##,
    ),
    (
        r#"2.(title:Blocking+calls+on+the+loop,groups:!((name:pages,tasks:10,steps:!((fetch:(blocking:true)),(fetch:(latency_ms:1,bytes:64))))),lanes:!(python/sequential,python/async,python/threads,python/hybrid),workers:10,concurrency:10,repeats:1,warmup:0)~j5j3gz"#,
        r##"{"lanes_scenario":2,"title":"Blocking calls on the loop","groups":[{"name":"pages","tasks":10,"steps":[{"fetch":{"from":"simulated","latency_ms":50.0,"spread":"even","bytes":2048,"blocking":true,"timeout_ms":30000}},{"fetch":{"from":"simulated","latency_ms":1.0,"spread":"even","bytes":64,"blocking":false,"timeout_ms":30000}}]}],"lanes":["python/sequential","python/async","python/threads","python/hybrid"],"workers":10,"concurrency":10,"chunk":"auto","gil_switch_ms":5.0,"repeats":1,"warmup":0,"seed":1}"##,
    ),
    (
        r#"2z.hdBRDoIwDAbgs_i2xSUOAi-9gMcwdamwCGNpC2a3F_BJY0If2y9t-huNOhBcUXviMy3ERfuYOtfxNGeBkzEJR4KMHYlTlKdA470Tpc_0QRp6MAMqpVBuo0Dt3b0oCbRVbbdyAybacZhSmJk3Ce3ehoQaF7qglBSs-xLroiNS-WPT_DXW_ZxiyoQqULkX8jhnWJ8kXgMBEzBjiLoxa98~crns4j"#,
        r##"{"lanes_scenario":2,"title":"Gather everything","groups":[{"name":"pages","tasks":400,"steps":[{"fetch":{"from":"simulated","latency_ms":20.0,"spread":"even","bytes":512,"blocking":false,"timeout_ms":30000}}]}],"lanes":[{"lane":"native/async","concurrency":5},{"lane":"native/async","concurrency":20},{"lane":"native/async","concurrency":100},{"lane":"native/async","concurrency":400}],"workers":4,"concurrency":20,"chunk":"auto","gil_switch_ms":5.0,"server":{"capacity":20},"repeats":1,"warmup":0,"seed":1}"##,
    ),
    (
        r#"2z.hdBRDoIwDAbgs_i2xSaCgZdewGOYulQgwljaotntHfikMaGP7Zf-aZ0NNjJeyHqWIz9ZsvVD7KCTeUmKB-ciTYyJOlYw0odiU1Wgxp_pnS306EYyjiFfJ8VzBbdsrNjWZ78WjBR5w2GOYRFZJbZbG1PJm-OJNMfg4UuURXukrvZN89d4-IkSTkymWMOLZFoSliNZykPQBUoUBluZ928~maqpbj"#,
        r##"{"lanes_scenario":2,"title":"Gather everything","groups":[{"name":"pages","tasks":400,"steps":[{"fetch":{"from":"simulated","latency_ms":20.0,"spread":"even","bytes":512,"blocking":false,"timeout_ms":30000}}]}],"lanes":[{"lane":"python/async","concurrency":5},{"lane":"python/async","concurrency":20},{"lane":"python/async","concurrency":100},{"lane":"python/async","concurrency":400}],"workers":4,"concurrency":20,"chunk":"auto","gil_switch_ms":5.0,"server":{"capacity":20},"repeats":1,"warmup":0,"seed":1}"##,
    ),
    (
        r#"2z.bc7BDoIwDAbgZ_G2hSXigUtvPolpZgUCdKQtGt5eNz2Aocf-X_rXWW8jwVVXjlWSyjohvGtoJS2zwsk5xolgxpY0GOqgcKnroEbf9EEWO3AjGnFcb1OJfZ4wIlMxMXFcRDL4pGUPjNY_6Yy514cdaY7JK8lAov8Xfg9vQHMMfNiAfZ9_Aw~22h86m"#,
        r##"{"lanes_scenario":2,"title":"Async or threads","groups":[{"name":"pages","tasks":100,"steps":[{"fetch":{"from":"simulated","latency_ms":100.0,"spread":"even","bytes":2048,"blocking":false,"timeout_ms":30000}}]}],"lanes":[{"lane":"native/async","concurrency":10},{"lane":"native/async","concurrency":50},{"lane":"native/threads","workers":10},{"lane":"native/threads","workers":50}],"workers":50,"concurrency":50,"chunk":"auto","gil_switch_ms":5.0,"repeats":3,"warmup":1,"seed":1}"##,
    ),
    (
        r#"2z.bc4xDsIwDAXQs7AlaiTK0CUbJ0FWMC1q6kS2K5TbQwJDi-rR_8nfRp8a0V-lUOgSdzoxwl3cyGnN4k_GECzoM4woTkFm8Ze-d6L4TR-oYfImgiKFcltabOu4CITNhERhZa7gk7a9z0WnRGeovdbtyHBMXolnZPm_8Ht4A4ZjYN0G7PvsGw~1fz6fx"#,
        r##"{"lanes_scenario":2,"title":"Async or threads","groups":[{"name":"pages","tasks":100,"steps":[{"fetch":{"from":"simulated","latency_ms":100.0,"spread":"even","bytes":2048,"blocking":false,"timeout_ms":30000}}]}],"lanes":[{"lane":"python/async","concurrency":10},{"lane":"python/async","concurrency":50},{"lane":"python/threads","workers":10},{"lane":"python/threads","workers":50}],"workers":50,"concurrency":50,"chunk":"auto","gil_switch_ms":5.0,"repeats":3,"warmup":1,"seed":1}"##,
    ),
    (
        r#"2z.bZDNjsIwDISfZW-JGmmzaPfi2z4JssKUVk2TynZBvD0tPxJU-Oj57PHYWW8Z9N-kWgqS9bU0bZUGnLomcc7hKHWelL6cKzyC1p4GYx2UdjEGNdzVFpY6cpkNJV32o9JP9GuFzAU3ZPFIs8iq09-tTYWtP-Gb9VKSD2_ELn5EzlUGiG4WWCfgg77om_En4MMLsLETTGBbDg9nlnGeaIkHOUHIPd6zxvqNYQCmPedlL7WcFd5fAQ~5zn1dm"#,
        r##"{"lanes_scenario":2,"title":"A connection for each call","groups":[{"name":"calls","tasks":200,"steps":[{"fetch":{"from":"simulated","latency_ms":10.0,"spread":"even","bytes":2048,"blocking":false,"timeout_ms":30000}}]}],"lanes":[{"lane":"native/async","concurrency":5},{"lane":"native/async","concurrency":20},{"lane":"native/threads","workers":5},{"lane":"native/threads","workers":20}],"workers":20,"concurrency":20,"chunk":"auto","gil_switch_ms":5.0,"server":{"connect_ms":40.0,"keep_alive":false},"repeats":1,"warmup":0,"seed":1}"##,
    ),
    (
        r#"2z.bZBBbsMwDATf0psEC6gatBfe-pKAUNe1YVkSSDqBf187bYHECI_cIZdLZ6Nl0GeXailINtbS9VU6cBq6xDmHb6lLU3pxrvAM2nsajHVSOsUY1PCr9rA0kMtsKGk9z0pv0e8VMhfckM0jLSK7Th-3NrXVhlpeWdeSfHggTvEpcq0yQfSwwAYBf-mdfhj_B3y4Aw52gga27fBwZZmXRls8yAVC7u89e6z3GCagnTmPF1DPWeH9Dw~7c6m78"#,
        r##"{"lanes_scenario":2,"title":"A connection for each call","groups":[{"name":"calls","tasks":200,"steps":[{"fetch":{"from":"simulated","latency_ms":10.0,"spread":"even","bytes":2048,"blocking":false,"timeout_ms":30000}}]}],"lanes":[{"lane":"python/async","concurrency":5},{"lane":"python/async","concurrency":20},{"lane":"python/threads","workers":5},{"lane":"python/threads","workers":20}],"workers":20,"concurrency":20,"chunk":"auto","gil_switch_ms":5.0,"server":{"connect_ms":40.0,"keep_alive":false},"repeats":1,"warmup":0,"seed":1}"##,
    ),
    (
        r#"2z.fY9NbsQgDIXP0h0oSE1HbVX5FL1B5RA3QRMIsp0ZpaevmZ_ljBcgeM-fn50mXQi-kSWVqRtI0kgddprikThMvG5V4MW5gpmg_UpQlKPAW98HUbqqv6RxBregUon7TzY5DLuS3Z_e-4DM6UTgpDLhCHSiEuzgi_XDDFd-xYnu_K9n9EPfeuKa66aGtaiFFqicsvVL-iN471v5VmHBQg1UUC3FK8peYrg95n3gNAZ3XtkolvdwscNN1rkFFv_QUHmNJEJic5gqobbdz8h5q9D7fw~jksyf5"#,
        r##"{"lanes_scenario":2,"title":"Parsing beside a ticker","groups":[{"name":"ticks","tasks":100,"steps":[{"fetch":{"from":"simulated","latency_ms":1.0,"spread":"even","bytes":16,"blocking":false,"timeout_ms":30000}}],"arrive":{"every_ms":5.0,"spread":"even"}},{"name":"pages","tasks":8,"steps":[{"fetch":{"from":"simulated","latency_ms":20.0,"spread":"even","bytes":2048,"blocking":false,"timeout_ms":30000}},{"compute":{"kernel":"primes","size":400000,"spread":"even","input":"size"}}]}],"lanes":["native/async","native/hybrid",{"lane":"native/threads","workers":12},{"lane":"native/processes","workers":12}],"workers":4,"concurrency":100,"chunk":"auto","gil_switch_ms":5.0,"repeats":1,"warmup":0,"seed":1}"##,
    ),
    (
        r#"2.(title:Parsing+beside+a+ticker,groups:!((name:ticks,tasks:100,steps:!((fetch:(latency_ms:1,bytes:16))),arrive:(spread:even,every_ms:5)),(name:pages,tasks:8,steps:!((fetch:(latency_ms:20)),(compute:(kernel:primes,size:400000))))),lanes:!(python/async,python/hybrid,(workers:12,lane:python/threads)),repeats:1,warmup:0)~hvzk3t"#,
        r##"{"lanes_scenario":2,"title":"Parsing beside a ticker","groups":[{"name":"ticks","tasks":100,"steps":[{"fetch":{"from":"simulated","latency_ms":1.0,"spread":"even","bytes":16,"blocking":false,"timeout_ms":30000}}],"arrive":{"every_ms":5.0,"spread":"even"}},{"name":"pages","tasks":8,"steps":[{"fetch":{"from":"simulated","latency_ms":20.0,"spread":"even","bytes":2048,"blocking":false,"timeout_ms":30000}},{"compute":{"kernel":"primes","size":400000,"spread":"even","input":"size"}}]}],"lanes":["python/async","python/hybrid",{"lane":"python/threads","workers":12}],"workers":4,"concurrency":100,"chunk":"auto","gil_switch_ms":5.0,"repeats":1,"warmup":0,"seed":1}"##,
    ),
    (
        r#"2z.hY9bCoNADEXX0r8ZHOgDKSWb6BJK1FgHx4wksdLdVy30q2A-cy7Juc6iJYI7U5Ei90WbpcCUiibPnDI2Gp6Sp1Hh4BzjQNDGRBoMtVc4X4MafWFLVnfgEhpx_X4MCrdTqN5GCpfr5VyWfp2QkGnLz1l6kuXGtgJGiy86Wie0PPXhx8sdftvhi-O_gA915noSWW3XkNBIaKvPjDJMI5yCkrxIwFXIzRwb6x5DFW3p5f0H~3pb879"#,
        r##"{"lanes_scenario":2,"title":"One link for all downloads","groups":[{"name":"files","tasks":16,"steps":[{"fetch":{"from":"simulated","latency_ms":80.0,"spread":"even","bytes":262144,"blocking":false,"timeout_ms":30000}}]}],"lanes":[{"lane":"native/threads","workers":1},{"lane":"native/threads","workers":4},{"lane":"native/threads","workers":8},{"lane":"native/threads","workers":16}],"workers":4,"concurrency":16,"chunk":"auto","gil_switch_ms":5.0,"server":{"bandwidth_mbit":80.0},"repeats":1,"warmup":0,"seed":1}"##,
    ),
    (
        r#"2z.hY9bCoNADEXX0r8ZHOgDKSWb6BJK1FgHx4wkseLuqy30q2A-cy7Juc6iJYI7U5Ei90WbpcCUiibPnDI2Gp6Sp1Hh4BzjQNDGRBoMtVc4X4MafWFLVnfgEhpxvTwGhdspVIuRwuV6OZel3yYkZPrk5yw9yXrjs4JxsS7z0Tqh9akPP17u8NsOXx3_BXyoM9eTyGa7hYRGQtt8ZpRhGuEUlORFAq5CbubYWPcYqmhrL-_f~q0s8c5"#,
        r##"{"lanes_scenario":2,"title":"One link for all downloads","groups":[{"name":"files","tasks":16,"steps":[{"fetch":{"from":"simulated","latency_ms":80.0,"spread":"even","bytes":262144,"blocking":false,"timeout_ms":30000}}]}],"lanes":[{"lane":"python/threads","workers":1},{"lane":"python/threads","workers":4},{"lane":"python/threads","workers":8},{"lane":"python/threads","workers":16}],"workers":4,"concurrency":16,"chunk":"auto","gil_switch_ms":5.0,"server":{"bandwidth_mbit":80.0},"repeats":1,"warmup":0,"seed":1}"##,
    ),
    (
        r#"2.(title:A+limit+on+the+rate,groups:!((name:calls,tasks:20,steps:!((fetch:(latency_ms:5,backoff_ms:10,retries:10))))),lanes:!(native/sequential,(workers:4,lane:native/threads),(concurrency:8,lane:native/async)),concurrency:8,repeats:1,warmup:0,server:(burst:3,rate_per_s:40))~wqhkxc"#,
        r##"{"lanes_scenario":2,"title":"A limit on the rate","groups":[{"name":"calls","tasks":20,"steps":[{"fetch":{"from":"simulated","latency_ms":5.0,"spread":"even","bytes":2048,"blocking":false,"timeout_ms":30000,"retries":10,"backoff_ms":10.0}}]}],"lanes":["native/sequential",{"lane":"native/threads","workers":4},{"lane":"native/async","concurrency":8}],"workers":4,"concurrency":8,"chunk":"auto","gil_switch_ms":5.0,"server":{"rate_per_s":40.0,"burst":3},"repeats":1,"warmup":0,"seed":1}"##,
    ),
    (
        r#"2.(title:A+limit+on+the+rate,groups:!((name:calls,tasks:20,steps:!((fetch:(latency_ms:5,backoff_ms:10,retries:10))))),lanes:!(python/sequential,(workers:4,lane:python/threads),(concurrency:8,lane:python/async)),concurrency:8,repeats:1,warmup:0,server:(burst:3,rate_per_s:40))~gg0qpm"#,
        r##"{"lanes_scenario":2,"title":"A limit on the rate","groups":[{"name":"calls","tasks":20,"steps":[{"fetch":{"from":"simulated","latency_ms":5.0,"spread":"even","bytes":2048,"blocking":false,"timeout_ms":30000,"retries":10,"backoff_ms":10.0}}]}],"lanes":["python/sequential",{"lane":"python/threads","workers":4},{"lane":"python/async","concurrency":8}],"workers":4,"concurrency":8,"chunk":"auto","gil_switch_ms":5.0,"server":{"rate_per_s":40.0,"burst":3},"repeats":1,"warmup":0,"seed":1}"##,
    ),
    (
        r#"2.(title:Threads+and+the+lock,groups:!((name:chunks,tasks:16,steps:!((compute:(kernel:primes,size:250000))))),lanes:!(native/sequential,native/threads,native/gil,native/processes),workers:2,concurrency:16)~n8nj0q"#,
        r##"{"lanes_scenario":2,"title":"Threads and the lock","groups":[{"name":"chunks","tasks":16,"steps":[{"compute":{"kernel":"primes","size":250000,"spread":"even","input":"size"}}]}],"lanes":["native/sequential","native/threads","native/gil","native/processes"],"workers":2,"concurrency":16,"chunk":"auto","gil_switch_ms":5.0,"repeats":3,"warmup":1,"seed":1}"##,
    ),
    (
        r#"2.(title:Threads+and+the+lock,groups:!((name:chunks,tasks:16,steps:!((compute:(kernel:primes,size:250000))))),lanes:!(python/sequential,python/threads,python/processes),workers:2,concurrency:16)~xzwmwr"#,
        r##"{"lanes_scenario":2,"title":"Threads and the lock","groups":[{"name":"chunks","tasks":16,"steps":[{"compute":{"kernel":"primes","size":250000,"spread":"even","input":"size"}}]}],"lanes":["python/sequential","python/threads","python/processes"],"workers":2,"concurrency":16,"chunk":"auto","gil_switch_ms":5.0,"repeats":3,"warmup":1,"seed":1}"##,
    ),
    (
        r#"2.(title:Moved+to+a+thread,groups:!((name:jobs,tasks:6,steps:!((fetch:(latency_ms:1,bytes:64)),(compute:(kernel:primes,size:300000))))),lanes:!(native/async,(name:to_thread!,+one+at+a+time,workers:1,lane:native/hybrid),(workers:2,lane:native/gil),(workers:2,lane:native/processes)),workers:2,concurrency:3)~x7gz7g"#,
        r##"{"lanes_scenario":2,"title":"Moved to a thread","groups":[{"name":"jobs","tasks":6,"steps":[{"fetch":{"from":"simulated","latency_ms":1.0,"spread":"even","bytes":64,"blocking":false,"timeout_ms":30000}},{"compute":{"kernel":"primes","size":300000,"spread":"even","input":"size"}}]}],"lanes":["native/async",{"lane":"native/hybrid","name":"to_thread, one at a time","workers":1},{"lane":"native/gil","workers":2},{"lane":"native/processes","workers":2}],"workers":2,"concurrency":3,"chunk":"auto","gil_switch_ms":5.0,"repeats":3,"warmup":1,"seed":1}"##,
    ),
    (
        r#"2.(title:Moved+to+a+thread,groups:!((name:jobs,tasks:6,steps:!((fetch:(latency_ms:1,bytes:64)),(compute:(kernel:primes,size:300000))))),lanes:!(python/async,python/hybrid,python/processes),workers:2,concurrency:3)~vvn50p"#,
        r##"{"lanes_scenario":2,"title":"Moved to a thread","groups":[{"name":"jobs","tasks":6,"steps":[{"fetch":{"from":"simulated","latency_ms":1.0,"spread":"even","bytes":64,"blocking":false,"timeout_ms":30000}},{"compute":{"kernel":"primes","size":300000,"spread":"even","input":"size"}}]}],"lanes":["python/async","python/hybrid","python/processes"],"workers":2,"concurrency":3,"chunk":"auto","gil_switch_ms":5.0,"repeats":3,"warmup":1,"seed":1}"##,
    ),
    (
        r#"2.(title:A+counter+without+a+lock,groups:!((name:bumps,tasks:16,steps:!((bump:(times:1000000))))),lanes:!(native/sequential,native/async,native/gil,native/threads),concurrency:16,gil_switch_ms:1,repeats:1,warmup:0)~fxfcnr"#,
        r##"{"lanes_scenario":2,"title":"A counter without a lock","groups":[{"name":"bumps","tasks":16,"steps":[{"bump":{"times":1000000,"guard":"none"}}]}],"lanes":["native/sequential","native/async","native/gil","native/threads"],"workers":4,"concurrency":16,"chunk":"auto","gil_switch_ms":1.0,"repeats":1,"warmup":0,"seed":1}"##,
    ),
    (
        r#"2.(title:A+counter+without+a+lock,groups:!((name:bumps,tasks:16,steps:!((bump:(times:1000000))))),lanes:!(python/sequential,python/async,python/threads),concurrency:16,gil_switch_ms:1,repeats:1,warmup:0)~kzmfvr"#,
        r##"{"lanes_scenario":2,"title":"A counter without a lock","groups":[{"name":"bumps","tasks":16,"steps":[{"bump":{"times":1000000,"guard":"none"}}]}],"lanes":["python/sequential","python/async","python/threads"],"workers":4,"concurrency":16,"chunk":"auto","gil_switch_ms":1.0,"repeats":1,"warmup":0,"seed":1}"##,
    ),
    (
        r#"2.(title:Convoy,groups:!((name:long,steps:!((compute:(kernel:primes,size:1500000)))),(name:short,tasks:12,steps:!((fetch:(latency_ms:2,bytes:64))))),lanes:!(native/threads,native/gil,native/processes,native/hybrid),workers:2,concurrency:13)~mk8wfx"#,
        r##"{"lanes_scenario":2,"title":"Convoy","groups":[{"name":"long","tasks":1,"steps":[{"compute":{"kernel":"primes","size":1500000,"spread":"even","input":"size"}}]},{"name":"short","tasks":12,"steps":[{"fetch":{"from":"simulated","latency_ms":2.0,"spread":"even","bytes":64,"blocking":false,"timeout_ms":30000}}]}],"lanes":["native/threads","native/gil","native/processes","native/hybrid"],"workers":2,"concurrency":13,"chunk":"auto","gil_switch_ms":5.0,"repeats":3,"warmup":1,"seed":1}"##,
    ),
    (
        r#"2.(title:Convoy,groups:!((name:long,steps:!((compute:(kernel:primes,size:1500000)))),(name:short,tasks:12,steps:!((fetch:(latency_ms:2,bytes:64))))),lanes:!(python/threads,python/processes,python/hybrid),workers:2,concurrency:13)~gtkeb9"#,
        r##"{"lanes_scenario":2,"title":"Convoy","groups":[{"name":"long","tasks":1,"steps":[{"compute":{"kernel":"primes","size":1500000,"spread":"even","input":"size"}}]},{"name":"short","tasks":12,"steps":[{"fetch":{"from":"simulated","latency_ms":2.0,"spread":"even","bytes":64,"blocking":false,"timeout_ms":30000}}]}],"lanes":["python/threads","python/processes","python/hybrid"],"workers":2,"concurrency":13,"chunk":"auto","gil_switch_ms":5.0,"repeats":3,"warmup":1,"seed":1}"##,
    ),
    (
        r#"2z.hY9LDsIwDETPwi5VI_ERsPAlOENIh1I1TYrtFPX2NIBUsWKWfs-2xminAXSJqEPyfX1LXGMCz9fUzLbllEehjTHRDaBrHkax6qQX2p-tKD6wzMloN0DotCuxbXbcUDlZldjgIoobnXYTtoJHRtTOBWueiXuw0OEt0dfQO8M1Uq38-If_7o-cPEQgy_PV8Cn6zIzo56VB9QI~4fh7zf"#,
        r##"{"lanes_scenario":2,"title":"One lock for everybody","groups":[{"name":"bumps","tasks":16,"steps":[{"bump":{"times":500000,"guard":"lock"}}]}],"lanes":["native/sequential",{"lane":"native/threads","workers":2},{"lane":"native/threads","workers":4},{"lane":"native/processes","workers":2}],"workers":2,"concurrency":16,"chunk":"auto","gil_switch_ms":5.0,"repeats":3,"warmup":1,"seed":1}"##,
    ),
    (
        r#"2.(title:A+step+that+lets+go+of+the+lock,groups:!((name:files,tasks:12,steps:!((compute:(kernel:sha256,size:200,holds_lock:0))))),lanes:!(native/sequential,native/async,native/gil,native/threads),workers:2,concurrency:12)~1xv7a7"#,
        r##"{"lanes_scenario":2,"title":"A step that lets go of the lock","groups":[{"name":"files","tasks":12,"steps":[{"compute":{"kernel":"sha256","size":200,"spread":"even","input":"size","holds_lock":0.0}}]}],"lanes":["native/sequential","native/async","native/gil","native/threads"],"workers":2,"concurrency":12,"chunk":"auto","gil_switch_ms":5.0,"repeats":3,"warmup":1,"seed":1}"##,
    ),
    (
        r#"2.(title:A+step+that+lets+go+of+the+lock,groups:!((name:files,tasks:12,steps:!((compute:(kernel:sha256,size:200,holds_lock:0))))),lanes:!(python/sequential,python/async,python/threads,python/processes),workers:2,concurrency:12)~vh8njh"#,
        r##"{"lanes_scenario":2,"title":"A step that lets go of the lock","groups":[{"name":"files","tasks":12,"steps":[{"compute":{"kernel":"sha256","size":200,"spread":"even","input":"size","holds_lock":0.0}}]}],"lanes":["python/sequential","python/async","python/threads","python/processes"],"workers":2,"concurrency":12,"chunk":"auto","gil_switch_ms":5.0,"repeats":3,"warmup":1,"seed":1}"##,
    ),
    (
        r#"2.(title:Tasks+too+small+to+send,groups:!((name:crumbs,tasks:600,steps:!((compute:(kernel:primes,size:20))))),lanes:!(native/sequential,native/threads,(chunk:1,lane:native/processes),(chunk:50,lane:native/processes)),workers:2)~h6yeb4"#,
        r##"{"lanes_scenario":2,"title":"Tasks too small to send","groups":[{"name":"crumbs","tasks":600,"steps":[{"compute":{"kernel":"primes","size":20,"spread":"even","input":"size"}}]}],"lanes":["native/sequential","native/threads",{"lane":"native/processes","chunk":1},{"lane":"native/processes","chunk":50}],"workers":2,"concurrency":100,"chunk":"auto","gil_switch_ms":5.0,"repeats":3,"warmup":1,"seed":1}"##,
    ),
    (
        r#"2.(title:Tasks+too+small+to+send,groups:!((name:crumbs,tasks:600,steps:!((compute:(kernel:primes,size:20))))),lanes:!(python/sequential,python/threads,(chunk:1,lane:python/processes),(chunk:50,lane:python/processes)),workers:2)~ap2wae"#,
        r##"{"lanes_scenario":2,"title":"Tasks too small to send","groups":[{"name":"crumbs","tasks":600,"steps":[{"compute":{"kernel":"primes","size":20,"spread":"even","input":"size"}}]}],"lanes":["python/sequential","python/threads",{"lane":"python/processes","chunk":1},{"lane":"python/processes","chunk":50}],"workers":2,"concurrency":100,"chunk":"auto","gil_switch_ms":5.0,"repeats":3,"warmup":1,"seed":1}"##,
    ),
    (
        r#"2z.hY5LCsMwDETP0l1MDHUL2Wjbk4hkSEz8w1JS2tM3ny4L1U4zb-A16jWAHtOSZmk151Yih9ByGo4vcB1hx5qXInRpmsQR5BVRrLLMQnfnnBXFWfc5lkVBzYyaEKhUHyFW_Bt063ayVPBAE3h9mf1s4IRzuzvQ7QgosfoV11JzDxGIsd--c3-AQ-g3Yuwz181sszYf~fvggx8"#,
        r##"{"lanes_scenario":2,"title":"Chunks too small and too large","groups":[{"name":"items","tasks":2000,"steps":[{"compute":{"kernel":"primes","size":1500,"spread":"heavy","input":"size"}}]}],"lanes":[{"lane":"native/processes","chunk":1},{"lane":"native/processes","chunk":50},{"lane":"native/processes","chunk":2000}],"workers":2,"concurrency":100,"chunk":"auto","gil_switch_ms":5.0,"repeats":3,"warmup":1,"seed":1}"##,
    ),
    (
        r#"2z.hY5LCsMwDETP0l1MDHUL2Wjbk4hkSEz8w1Ja0tM3ny4L1U4zb-A16jWAHtOSZmk151Yih9ByGo4vcB1hx5qXInRpmsQR5BVRrLLMQnfnnBXFWfc5lkVBzYyaEKhUHyFW_Bt063ayVPBAE_i5mv1s4IRzuzvQ7QiorDrldC019xCBGPvtO_cHOIR-I8a-ct3MNmvzAQ~avcc2q"#,
        r##"{"lanes_scenario":2,"title":"Chunks too small and too large","groups":[{"name":"items","tasks":2000,"steps":[{"compute":{"kernel":"primes","size":1500,"spread":"heavy","input":"size"}}]}],"lanes":[{"lane":"python/processes","chunk":1},{"lane":"python/processes","chunk":50},{"lane":"python/processes","chunk":2000}],"workers":2,"concurrency":100,"chunk":"auto","gil_switch_ms":5.0,"repeats":3,"warmup":1,"seed":1}"##,
    ),
    (
        r#"2.(title:Starting+the+pool,groups:!((name:jobs,tasks:8,steps:!((compute:(kernel:primes,size:5000))))),lanes:!(native/sequential,native/threads,(lane:native/processes,pool:warm),(lane:native/processes,pool:cold)),concurrency:8)~3na997"#,
        r##"{"lanes_scenario":2,"title":"Starting the pool","groups":[{"name":"jobs","tasks":8,"steps":[{"compute":{"kernel":"primes","size":5000,"spread":"even","input":"size"}}]}],"lanes":["native/sequential","native/threads",{"lane":"native/processes","pool":"warm"},{"lane":"native/processes","pool":"cold"}],"workers":4,"concurrency":8,"chunk":"auto","gil_switch_ms":5.0,"repeats":3,"warmup":1,"seed":1}"##,
    ),
    (
        r#"2z.hY5BrsIwDETP8nepiPS7QUK-BicIYaChqR1sFwSnhwj2zHLmafSCF6-gvSf1wueNT9g0kRrPKmsz-guB0wK6yMGiJ5uNdtEcnynL0lYHhRnKqNS0LLBo5QnajuM49MSaGB1vD5-E_w3XFewl1fhtfFKko8XQSfqWTSXDrN91OTqJzsNvxKA36A_QWrrz2ywL51UVnB-0G14~ggzsvj"#,
        r##"{"lanes_scenario":2,"title":"Starting the pool","groups":[{"name":"jobs","tasks":8,"steps":[{"compute":{"kernel":"primes","size":5000,"spread":"even","input":"size"}}]}],"lanes":["python/sequential","python/threads",{"lane":"python/processes","start":"fork"},{"lane":"python/processes","start":"forkserver"},{"lane":"python/processes","start":"spawn"}],"workers":4,"concurrency":8,"chunk":"auto","gil_switch_ms":5.0,"repeats":3,"warmup":1,"seed":1}"##,
    ),
    (
        r#"2.(title:A+global+in+each+process,groups:!((name:bumps,tasks:40,steps:!((bump:(times:2000,guard:lock))))),lanes:!(native/sequential,native/threads,native/gil,native/processes),concurrency:40,repeats:1,warmup:0)~4ykfgd"#,
        r##"{"lanes_scenario":2,"title":"A global in each process","groups":[{"name":"bumps","tasks":40,"steps":[{"bump":{"times":2000,"guard":"lock"}}]}],"lanes":["native/sequential","native/threads","native/gil","native/processes"],"workers":4,"concurrency":40,"chunk":"auto","gil_switch_ms":5.0,"repeats":1,"warmup":0,"seed":1}"##,
    ),
    (
        r#"2.(title:A+global+in+each+process,groups:!((name:bumps,tasks:40,steps:!((bump:(times:2000,guard:lock))))),lanes:!(python/sequential,python/threads,python/processes),concurrency:40,repeats:1,warmup:0)~dr9m39"#,
        r##"{"lanes_scenario":2,"title":"A global in each process","groups":[{"name":"bumps","tasks":40,"steps":[{"bump":{"times":2000,"guard":"lock"}}]}],"lanes":["python/sequential","python/threads","python/processes"],"workers":4,"concurrency":40,"chunk":"auto","gil_switch_ms":5.0,"repeats":1,"warmup":0,"seed":1}"##,
    ),
    (
        r#"2.(title:Objects+to+and+fro,groups:!((name:records,tasks:40,steps:!((compute:(kernel:primes,size:2000,bytes_in:200000,bytes_out:200000,shape:objects))))),lanes:!(native/sequential,native/threads,native/processes),workers:2,concurrency:40)~k60xwp"#,
        r##"{"lanes_scenario":2,"title":"Objects to and fro","groups":[{"name":"records","tasks":40,"steps":[{"compute":{"kernel":"primes","size":2000,"spread":"even","input":"size","bytes_in":200000,"bytes_out":200000,"shape":"objects"}}]}],"lanes":["native/sequential","native/threads","native/processes"],"workers":2,"concurrency":40,"chunk":"auto","gil_switch_ms":5.0,"repeats":3,"warmup":1,"seed":1}"##,
    ),
    (
        r#"2.(title:Objects+to+and+fro,groups:!((name:records,tasks:40,steps:!((compute:(kernel:primes,size:2000,bytes_in:200000,bytes_out:200000,shape:objects))))),lanes:!(python/sequential,python/threads,python/processes),workers:2,concurrency:40)~9hvac4"#,
        r##"{"lanes_scenario":2,"title":"Objects to and fro","groups":[{"name":"records","tasks":40,"steps":[{"compute":{"kernel":"primes","size":2000,"spread":"even","input":"size","bytes_in":200000,"bytes_out":200000,"shape":"objects"}}]}],"lanes":["python/sequential","python/threads","python/processes"],"workers":2,"concurrency":40,"chunk":"auto","gil_switch_ms":5.0,"repeats":3,"warmup":1,"seed":1}"##,
    ),
    (
        r#"2z.hY5LDsIwDETPwq5RI_FHyHfgEFGwaNTWiWwHBKcn_QgWIHWWM57xqzRoh3CJjPUjcosstTaOal8csTeOOQmsqopcj-CbTK1YddIKnA5WFKfUxz5lRajKAGEHiUNf6hJeCNvNIDPIdo5wLMy_YDdaQE7DHdfaMLqrGPvJzwv5fmmgUP47MFZQc4IfcomsE_dx5rZfVh_JZ2Yk_yzD5g0~de7q4n"#,
        r##"{"lanes_scenario":2,"title":"More workers than cores","groups":[{"name":"chunks","tasks":64,"steps":[{"compute":{"kernel":"primes","size":100000,"spread":"even","input":"size"}}]}],"lanes":[{"lane":"native/threads","workers":2},{"lane":"native/threads","workers":8},{"lane":"native/threads","workers":32},{"lane":"native/threads","workers":64}],"setup":{"compute":{"kernel":"sort","size":500000}},"workers":2,"concurrency":64,"chunk":"auto","gil_switch_ms":5.0,"repeats":3,"warmup":1,"seed":1}"##,
    ),
    (
        r#"2z.hY9dCsJADITP4luXLviDFskdPMSyBFvaJkuSRerp3f6gDyLO42Qm-VJZZwPCjQXrB0uPorW1gepYHPV34ZwUdlVFYUSIbaZevQXtFZqzV8N1GnlM2RCqsoBwgCTdWOraPRGOh1lulh8C4VLYbsFpsSBN1jLtk3BEVVTn34nr38Sx-RFxXtFygi88ZbEV7rLB-Q9QZIpZBClO5Uf3Ag~d6r0xz"#,
        r##"{"lanes_scenario":2,"title":"More workers than cores","groups":[{"name":"chunks","tasks":64,"steps":[{"compute":{"kernel":"primes","size":100000,"spread":"even","input":"size"}}]}],"lanes":[{"lane":"python/processes","workers":2},{"lane":"python/processes","workers":8},{"lane":"python/processes","workers":16}],"setup":{"compute":{"kernel":"sort","size":500000}},"workers":2,"concurrency":64,"chunk":"auto","gil_switch_ms":5.0,"repeats":3,"warmup":1,"seed":1}"##,
    ),
    (
        r#"2.(title:Four+megabytes+to+and+fro,groups:!((name:pictures,tasks:12,steps:!((compute:(kernel:primes,size:50000,bytes_in:4000000,bytes_out:4000000))))),lanes:!(native/sequential,native/threads,native/processes),workers:2,concurrency:12)~sxt1gj"#,
        r##"{"lanes_scenario":2,"title":"Four megabytes to and fro","groups":[{"name":"pictures","tasks":12,"steps":[{"compute":{"kernel":"primes","size":50000,"spread":"even","input":"size","bytes_in":4000000,"bytes_out":4000000}}]}],"lanes":["native/sequential","native/threads","native/processes"],"workers":2,"concurrency":12,"chunk":"auto","gil_switch_ms":5.0,"repeats":3,"warmup":1,"seed":1}"##,
    ),
    (
        r#"2.(title:Four+megabytes+to+and+fro,groups:!((name:pictures,tasks:12,steps:!((compute:(kernel:primes,size:50000,bytes_in:4000000,bytes_out:4000000))))),lanes:!(python/sequential,python/threads,python/processes),workers:2,concurrency:12)~3a1p00"#,
        r##"{"lanes_scenario":2,"title":"Four megabytes to and fro","groups":[{"name":"pictures","tasks":12,"steps":[{"compute":{"kernel":"primes","size":50000,"spread":"even","input":"size","bytes_in":4000000,"bytes_out":4000000}}]}],"lanes":["python/sequential","python/threads","python/processes"],"workers":2,"concurrency":12,"chunk":"auto","gil_switch_ms":5.0,"repeats":3,"warmup":1,"seed":1}"##,
    ),
];
