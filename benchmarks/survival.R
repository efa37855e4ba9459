suppressPackageStartupMessages(library(survival))
load_input <- function(folder) {
  size <- file.size(file.path(folder, "event"))
  list(time = readBin(file.path(folder, "time"), "double", size),
       event = as.integer(readBin(file.path(folder, "event"), "raw", size)))
}
run <- function(data) {
  fit <- survfit(Surv(data$time, data$event) ~ 1, conf.type = "log-log")
  unname(summary(fit)$table[c("median", "0.95LCL", "0.95UCL")])
}
