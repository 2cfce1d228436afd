SELECT project_id, fiscal_year, quarter, amount AS amount_baht
FROM payment
ORDER BY project_id, fiscal_year, quarter
