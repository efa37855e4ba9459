# Writes cases.json: what R says about many more data sets than the other files of this folder hold.
# Run here with R 4.2 and survival 3.5-3: Rscript make_cases.R
# Limits of quantiles other than the median apply survival:::survmean's rule for the median to the other levels,
# because quantile.survfit does otherwise where a limit's curve rises again or stays at the level to the end.
library(survival)

json <- function(x) {
  if (is.list(x)) {
    parts <- vapply(x, json, "")
    if (is.null(names(x))) return(paste0("[", paste(parts, collapse = ","), "]"))
    return(paste0("{", paste0('"', names(x), '":', parts, collapse = ",\n"), "}"))
  }
  text <- if (is.character(x)) paste0('"', x, '"') else sprintf("%.17g", as.numeric(x))
  if (!is.character(x)) {
    text[is.nan(x) | is.na(x)] <- "null"
    text[!is.na(x) & is.infinite(x)] <- '"Inf"'
  }
  paste0("[", paste(text, collapse = ","), "]")
}

first_below <- function(y, x, level) {
  tolerance <- 1e-8
  keep <- !is.na(y) & y < level + tolerance
  if (!any(keep)) return(NA)
  x <- x[keep]; y <- y[keep]
  if (abs(y[1] - level) < tolerance && any(y < y[1])) (x[1] + x[min(which(y < y[1]))]) / 2 else x[1]
}

set.seed(20211012)
months <- function(days) days / 30.4375
cases <- list(
  one_event = list(5, 1), one_censored = list(5, 0), one_event_at_zero = list(0, 1), one_censored_at_zero = list(0, 0),
  all_zero = list(c(0, 0, 0), c(1, 0, 1)), two_tied_events = list(c(3, 3), c(1, 1)),
  all_events_tied = list(rep(2.5, 6), rep(1, 6)), all_censored_tied = list(rep(2.5, 6), rep(0, 6)),
  event_and_censored_tied_last = list(c(1, 2, 2), c(1, 1, 0)), last_to_zero = list(c(1, 2, 3, 4, 5), c(0, 1, 0, 1, 1)),
  at_half_never_drops = list(c(1, 2, 3, 4), c(1, 1, 0, 0)), at_half_censored_between = list(1:8, c(1, 1, 1, 1, 0, 0, 1, 0)),
  at_quarters = list(1:4, rep(1, 4)), at_tenths = list(1:10, rep(1, 10)), at_tenths_thirty = list(rep(1:10, 3), rep(1, 30)),
  forty_events = list(1:40, rep(1, 40)), forty_half = list(c(1:20, 41:60), c(rep(1, 20), rep(0, 20))),
  at_half_by_products = list(c(1, 2, 3, 4, 5, 6, 7, 8), c(1, 0, 1, 1, 0, 1, 0, 1)),
  near_ties_sums = list(c(0.1 + 0.2, 0.3, 0.7, 0.1 * 7, 1 / 3 * 3, 1, 1.1 + 2.2, 3.3), c(1, 0, 1, 1, 0, 1, 1, 0)),
  near_ties_absolute = list(c(1, 1 + 1e-8, 1 + 2e-8, 2, 2 + 1.6e-8, 2 + 5e-8), c(1, 0, 1, 1, 1, 0)),
  near_ties_relative = list(c(1e4, 1e4 + 1e-4, 1e4 + 2e-4, 1e4 + 3e-3, 2e4), c(1, 1, 0, 1, 0)),
  near_ties_small_scale = list(c(1e-9, 2e-9, 1e-7, 2e-7, 3e-7), c(1, 0, 1, 0, 1)),
  chained_ties = list(1 + (0:6) * 1.2e-8, c(1, 0, 1, 0, 1, 1, 0)),
  big_times = list(c(1e8, 2e8, 2e8 + 1, 3e8, 4e8), c(1, 1, 0, 1, 0)),
  late_single_event = list(1:20, c(rep(0, 19), 1)), early_single_event = list(1:20, c(1, rep(0, 19)))
)
for (i in 1:30) {
  n <- c(5, 12, 40)[1 + i %% 3]
  t <- switch(1 + i %% 4, months(sample(1:700, n, TRUE)), sample(1:15, n, TRUE), round(rexp(n, 0.1), 1), rexp(n, 0.1))
  cases[[paste0("random_", i)]] <- list(t, rbinom(n, 1, c(0.3, 0.7, 1)[1 + i %/% 3 %% 3]))
}

survival_case <- function(name, time, event) {
  levels <- c(0.1, 0.25, 0.5, 0.75, 0.9)
  out <- list(name = name, time = time, event = event)
  asked <- signif(max(time) * c(0.1, 0.4, 0.5, 0.77, 1), 4)
  asked <- sort(unique(c(asked[asked <= max(time)], max(time))))
  for (conf in c(0.95, 0.9)) for (type in c("log-log", "log", "plain")) {
    fit <- survfit(Surv(time, event) ~ 1, conf.type = type, conf.int = conf)
    asked <- asked[asked >= min(fit$time) & asked <= max(fit$time)]  # before the first time R shows limits [1, 1]
    s <- summary(fit, times = asked, censored = TRUE, extend = TRUE)
    table <- summary(fit)$table
    q <- function(y) vapply(levels, function(p) as.numeric(first_below(y, fit$time, 1 - p)), 0)
    one <- list(
      time = fit$time, n_risk = fit$n.risk, n_event = fit$n.event, n_censor = fit$n.censor,
      survival = fit$surv, std_err = fit$surv * fit$std.err, ci_lower = fit$lower, ci_upper = fit$upper,
      median = unname(table[c("median", paste0(conf, "LCL"), paste0(conf, "UCL"))]),
      p = levels, quantile = q(fit$surv), quantile_lower = q(fit$lower), quantile_upper = q(fit$upper),
      at_time = s$time, at_n_risk = s$n.risk, at_survival = s$surv, at_std_err = s$std.err,
      at_lower = s$lower, at_upper = s$upper)
    tau <- max(fit$time) * c(0.3, 0.6, 1)
    tau <- tau[tau > 0]
    rmean <- lapply(tau, function(u) survival:::survmean(fit, rmean = u)$matrix[c("rmean", "se(rmean)")])
    one$tau <- tau
    one$rmst <- vapply(rmean, function(r) r[[1]], 0)
    one$rmst_std_err <- vapply(rmean, function(r) r[[2]], 0)
    out[[paste(type, conf)]] <- one
  }
  null <- 5.8; expected <- sum(time) * log(2) / null; observed <- sum(event)
  out$one_sample <- c(observed, expected, (observed - expected) / sqrt(expected),
                      2 * pnorm(-abs(observed - expected) / sqrt(expected)),
                      2 * pnorm(-abs(observed - expected) / sqrt((observed + expected) / 2)))
  out
}

proportion_case <- function(x, n, conf) {
  above <- function(p) pbinom(x, n, p, lower.tail = FALSE) + dbinom(x, n, p) / 2 - (1 - conf) / 2
  below <- function(p) pbinom(x - 1, n, p) + dbinom(x, n, p) / 2 - (1 - conf) / 2
  root <- function(f) uniroot(f, c(0, 1), tol = 1e-15, maxiter = 10000)$root
  jeffreys <- qbeta(c((1 - conf) / 2, (1 + conf) / 2), x + 0.5, n - x + 0.5)
  if (x == 0) jeffreys[1] <- 0
  if (x == n) jeffreys[2] <- 1
  list(x = x, n = n, conf = conf, `clopper-pearson` = binom.test(x, n, conf.level = conf)$conf.int[1:2],
       wilson = suppressWarnings(prop.test(x, n, conf.level = conf, correct = FALSE)$conf.int[1:2]),
       `mid-p` = c(if (x > 0) root(above) else 0, if (x < n) root(below) else 1), jeffreys = jeffreys)
}
proportions <- list()
for (n in c(1, 2, 7, 40, 41, 300)) for (x in unique(round(n * c(0, 0.025, 0.2, 0.5, 0.9, 1)))) for (conf in c(0.8, 0.9, 0.95, 0.99))
  proportions[[length(proportions) + 1]] <- proportion_case(x, n, conf)

rates <- list()
for (events in c(0, 1, 2, 7, 40, 1000)) for (exposure in c(0.25, 33.7, 12345)) for (conf in c(0.8, 0.9, 0.95, 0.99))
  rates[[length(rates) + 1]] <- list(events = events, exposure = exposure, conf = conf,
    limits = poisson.test(events, exposure, conf.level = conf)$conf.int[1:2])

writeLines(json(list(
  source = paste(R.version.string, "survival", packageVersion("survival")),
  survival = unname(Map(function(name, case) survival_case(name, case[[1]], case[[2]]), names(cases), cases)),
  proportions = proportions, rates = rates)), "cases.json")
